package dev.duet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which Duet this is, written into the jar by the build; printed by {@code duet --version} and kept in each run's manifest.
 *
 * @param version the Maven version, such as {@code 0.1.0}
 * @param commit abbreviated git commit, with {@code +} if files were changed; empty where the build did not know it
 */
public record BuildInfo(String version, String commit) {
    /** The information of the running build. */
    public static BuildInfo current() {
        Properties properties = new Properties();
        try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read dev/duet/build.properties from Duet's own jar", e);
        }
        return new BuildInfo(properties.getProperty("version"), properties.getProperty("commit"));
    }

    @Override
    public String toString() {
        return commit.isEmpty() ? version : version + " (" + commit + ")";
    }
}
