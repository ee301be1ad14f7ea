package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the script {@code duet} in a folder of its own, with a stand-in for Maven that makes an empty jar and counts its
 * runs, and stand-ins for JDKs that print how they are called.
 */
@Timeout(60)
class LauncherTest {
    private static final List<String> TOOLS = List.of(
            "sh",
            "cat",
            "cksum",
            "cp",
            "dirname",
            "env",
            "find",
            "flock",
            "head",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "uname",
            "wc");

    @TempDir
    private Path temporary;

    private Path home;
    private Path bin;
    private final List<String> noFlock = new ArrayList<>(TOOLS);

    private record Result(int exitCode, String out, String err) {}

    @BeforeEach
    void prepare() throws IOException {
        noFlock.remove("flock");
        home = Files.createDirectories(temporary.resolve("a folder/duet home"));
        Files.copy(Path.of("duet"), home.resolve("duet"));
        Files.createDirectories(home.resolve("src/main/java"));
        Files.createFile(home.resolve("pom.xml"));
        script(home.resolve("mvnw"), """
                echo "$JAVA_HOME $*" >>builds.log
                sleep 0.2
                [ ! -e broken ] || { echo 'COMPILATION ERROR'; exit 1; }
                mkdir -p target/lib
                echo jar >target/duet.jar
                """);
        bin = tools(temporary.resolve("bin"), TOOLS);
        script(bin.resolve("g++"), "");
    }

    /** A folder with some of this system's commands, to stand for PATH. */
    static Path tools(Path folder, List<String> commands) throws IOException {
        Files.createDirectory(folder);
        for (String command : commands) {
            Path real = Arrays.stream(System.getenv("PATH").split(":"))
                    .map(entry -> Path.of(entry, command))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("this test needs " + command + " on PATH"));
            script(folder.resolve(command), "exec " + real + " \"$@\"");
        }
        return folder;
    }

    private Path jdk(String version) throws IOException {
        Path folder = temporary.resolve("jdk " + version);
        if (Files.exists(folder)) return folder;
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(folder.resolve("bin/java"), "for a in \"$@\"; do echo \"$a\"; done; exit 3");
        script(folder.resolve("bin/javac"), "");
        return folder;
    }

    static void script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(Path command, Map<String, String> environment, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line).directory(temporary.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Result finish(Process process) throws IOException, InterruptedException {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, err);
    }

    private Result duet(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        return finish(start(home.resolve("duet"), environment, arguments));
    }

    private Map<String, String> java17() throws IOException {
        return Map.of("JAVA_HOME", jdk("17.0.15").toString());
    }

    private List<String> builds() throws IOException {
        return Files.readAllLines(home.resolve("builds.log"));
    }

    @Test
    void buildsOnceAndPassesArgumentsAndExitCodeThrough() throws IOException, InterruptedException {
        Result first = duet(java17(), "train", "two words", "");
        assertThat(first.exitCode()).isEqualTo(3);
        assertThat(first.err()).isEqualTo("building Duet (first run: a minute or so)…\n");
        assertThat(first.out()).endsWith("dev.duet.cli.Main\ntrain\ntwo words\n\n");
        assertThat(builds())
                .singleElement()
                .asString()
                .startsWith(jdk("17.0.15") + " -q -B -Dduet.quick")
                .endsWith(" package");

        Result second = duet(java17(), "doctor");
        assertThat(second.err()).isEmpty();
        assertThat(builds()).hasSize(1);
    }

    /** A JDK that leaves an archive of classes where it is asked for one, and otherwise prints how it is called. */
    private Map<String, String> archivingJdk(String first) throws IOException {
        Path folder = jdk("17.0.1");
        script(folder.resolve("bin/java"), """
                for a in "$@"; do
                  case $a in
                    %s
                    -XX:DumpLoadedClassList=*) echo classes >"${a#*=}"; exit 0 ;;
                    -Xshare:dump) dump=yes ;;
                    -XX:SharedArchiveFile=*) if [ "${dump:-}" ]; then echo archive >"${a#*=}"; exit 0; fi ;;
                  esac
                done
                for a in "$@"; do echo "$a"; done
                """.formatted(first));
        return Map.of("JAVA_HOME", folder.toString());
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("target"))) {
            return files.filter(file -> file.toString().endsWith(".jsa")).toList();
        }
    }

    @Test
    void classesAreArchivedByTheBuildAndSharedByEachRun() throws IOException, InterruptedException {
        Result first = duet(archivingJdk(""), "doctor");
        assertThat(archives())
                .singleElement()
                .satisfies(archive -> assertThat(archive).hasContent("archive"));
        assertThat(home.resolve("target/duet-archive")).doesNotExist();
        assertThat(first.out().lines())
                .contains("-XX:SharedArchiveFile=" + archives().get(0), "-XX:ArchiveRelocationMode=0", "-Xlog:cds=off");
        assertThat(duet(archivingJdk(""), "doctor").out()).isEqualTo(first.out());
    }

    private void runsWithoutAnArchive(Map<String, String> environment) throws IOException, InterruptedException {
        Result result = duet(environment, "doctor");
        assertThat(result.err()).isIn("", "building Duet (first run: a minute or so)…\n");
        assertThat(result.out())
                .doesNotContain("SharedArchiveFile")
                .doesNotContain("ArchiveRelocationMode")
                .doesNotContain("-Xlog")
                .endsWith("dev.duet.cli.Main\ndoctor\n");
    }

    @Test
    void runsWithoutAnArchiveThatCouldNotBeMade() throws IOException, InterruptedException {
        runsWithoutAnArchive(archivingJdk("-Xshare:dump) exit 1 ;;"));
        assertThat(archives()).isEmpty();
    }

    @Test
    void runsWithoutAnArchiveWhereJavaDoesNotKnowAFlagForIt() throws IOException, InterruptedException {
        runsWithoutAnArchive(archivingJdk("-XX:ArchiveRelocationMode=0) exit 1 ;;"));
        assertThat(archives()).isEmpty();
    }

    @Test
    void passesOverAnArchiveThatWasCutShort() throws IOException, InterruptedException {
        duet(archivingJdk(""));
        Files.writeString(archives().get(0), "arch");
        runsWithoutAnArchive(archivingJdk(""));
    }

    @Test
    void anArchiveIsOfOneJdk() throws IOException, InterruptedException {
        duet(archivingJdk(""));
        runsWithoutAnArchive(java17());
        assertThat(duet(archivingJdk("")).out()).contains("SharedArchiveFile");
        assertThat(builds()).hasSize(1);
    }

    @Test
    void rebuildsWhenASourceIsNewer() throws IOException, InterruptedException {
        duet(java17());
        Path source = Files.createFile(home.resolve("src/main/java/New.java"));
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        duet(java17());
        assertThat(builds()).hasSize(2);
    }

    @Test
    void rebuildsWhenANativeSourceAppears() throws IOException, InterruptedException {
        duet(java17());
        Path kernels = Files.createDirectory(home.resolve("native"));
        Files.setLastModifiedTime(kernels, FileTime.from(Instant.now().plusSeconds(5)));
        duet(java17());
        assertThat(builds()).hasSize(2);
    }

    @Test
    void rebuildsWhenTheDataManifestIsNewerButNotForDownloads() throws IOException, InterruptedException {
        FileTime later = FileTime.from(Instant.now().plusSeconds(5));
        Path manifest =
                Files.createFile(Files.createDirectory(home.resolve("data")).resolve("manifest.json"));
        duet(java17());
        Files.setLastModifiedTime(Files.createFile(home.resolve("data/train.mat")), later);
        Files.setLastModifiedTime(home.resolve("data"), later);
        duet(java17());
        assertThat(builds()).hasSize(1);
        Files.setLastModifiedTime(manifest, later);
        duet(java17());
        assertThat(builds()).hasSize(2);
    }

    @Test
    void twoAtOnceBuildOnce() throws IOException, InterruptedException {
        twoLaunchesBuildOnce();
    }

    @Test
    void twoAtOnceBuildOnceWithoutFlockToo() throws IOException, InterruptedException {
        bin = tools(temporary.resolve("bin without flock"), noFlock);
        script(bin.resolve("g++"), "");
        twoLaunchesBuildOnce();
    }

    private void twoLaunchesBuildOnce() throws IOException, InterruptedException {
        Process first = start(home.resolve("duet"), java17(), "a");
        Process second = start(home.resolve("duet"), java17(), "b");
        assertThat(finish(first).exitCode()).isEqualTo(3);
        assertThat(finish(second).exitCode()).isEqualTo(3);
        assertThat(builds()).hasSize(1);
    }

    @Test
    void aLockLeftByADeadProcessIsBroken() throws IOException, InterruptedException {
        bin = tools(temporary.resolve("bin without flock"), noFlock);
        script(bin.resolve("g++"), "");
        Path lock = Files.createDirectories(home.resolve("target/duet.lock.d"));
        Files.writeString(lock.resolve("pid"), "999999999\n");
        assertThat(duet(java17()).exitCode()).isEqualTo(3);
        assertThat(builds()).hasSize(1);
        assertThat(lock).doesNotExist();
    }

    @Test
    void aFailedBuildShowsItsOutputAndIsTriedAgain() throws IOException, InterruptedException {
        Files.createFile(home.resolve("broken"));
        Result failed = duet(java17());
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.err()).contains("COMPILATION ERROR", "duet: the build failed");
        Files.delete(home.resolve("broken"));
        assertThat(duet(java17()).exitCode()).isEqualTo(3);
    }

    @Test
    void worksThroughALinkFromAnywhere() throws IOException, InterruptedException {
        Path link = Files.createSymbolicLink(temporary.resolve("d"), home.resolve("duet"));
        Result result = finish(start(link, java17(), "x"));
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.out()).contains(home.toRealPath() + "/target/duet-run.jar\n");
    }

    @Test
    void noJdkNamesTheLineThatMendsIt() throws IOException, InterruptedException {
        Result result = duet(Map.of());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("duet: no JDK 17 or newer (neither JAVA_HOME nor java on PATH);"
                        + " try: sudo apt-get install openjdk-17-jdk g++\n");
    }

    @Test
    void anOldJavaHomeFallsBackToThePath() throws IOException, InterruptedException {
        Map<String, String> old = Map.of("JAVA_HOME", jdk("1.8.0_402").toString());
        Result refused = duet(old);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err())
                .startsWith("duet: no JDK 17 or newer (JAVA_HOME=" + jdk("1.8.0_402") + " is Java 8);");
        Files.createSymbolicLink(bin.resolve("java"), jdk("21.0.2").resolve("bin/java"));
        assertThat(duet(old).exitCode()).isEqualTo(3);
        assertThat(builds()).singleElement().asString().startsWith(jdk("21.0.2").toString());
    }

    @Test
    void missingBuildToolsAreNamedTogetherAndOnlyBeforeABuild() throws IOException, InterruptedException {
        Path jdk = jdk("17.0.15");
        Files.delete(bin.resolve("g++"));
        Files.move(jdk.resolve("bin/javac"), temporary.resolve("javac"));
        Result result = duet(java17());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("duet: building Duet needs javac (in " + jdk + ") and g++;"
                        + " try: sudo apt-get install openjdk-17-jdk g++\n");
        Files.move(temporary.resolve("javac"), jdk.resolve("bin/javac"));
        script(bin.resolve("g++"), "");
        duet(java17());
        Files.delete(bin.resolve("g++"));
        assertThat(duet(java17()).exitCode()).isEqualTo(3);
    }

    @Test
    void newerJdksGetTheFlagsThatSilenceTheirWarnings() throws IOException, InterruptedException {
        assertThat(duet(java17()).out()).doesNotContain("--enable-native-access");
        Map<String, String> java25 = Map.of("JAVA_HOME", jdk("25.0.3").toString(), "DUET_JAVA_OPTS", "-Xmx4g -Da=b");
        assertThat(duet(java25).out())
                .contains("--enable-native-access=ALL-UNNAMED\n")
                .contains("-Xmx4g\n-Da=b\n-cp\n");
        assertThat(builds()).hasSize(1);
    }
}
