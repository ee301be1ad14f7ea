package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorLimitsTest {
    @TempDir
    private Path root;

    private void file(String name, String content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content + "\n");
    }

    @Test
    void affinityIsAListOfRanges() {
        assertThat(ProcessorLimits.affinity("0-3,8")).isEqualTo(5);
        assertThat(ProcessorLimits.affinity("1")).isEqualTo(1);
        assertThat(ProcessorLimits.affinity("")).isZero();
    }

    @Test
    void theSmallestQuotaOnTheWayCounts() throws IOException {
        file("proc/self/cgroup", "0::/a/b");
        assertThat(ProcessorLimits.quota(root)).isZero();
        file("sys/fs/cgroup/a/b/cpu.max", "max 100000");
        assertThat(ProcessorLimits.quota(root)).isZero();
        file("sys/fs/cgroup/a/cpu.max", "150000 100000");
        assertThat(ProcessorLimits.quota(root)).isEqualTo(1.5);
        file("sys/fs/cgroup/a/b/cpu.max", "400000 100000");
        assertThat(ProcessorLimits.quota(root)).isEqualTo(1.5);
    }

    @Test
    void inAContainerOnlyTheTopIsSeen() throws IOException {
        file("proc/self/cgroup", "0::/elsewhere");
        file("sys/fs/cgroup/cpu.max", "50000 100000");
        assertThat(ProcessorLimits.quota(root)).isEqualTo(0.5);
    }

    @Test
    void versionOneHasItsOwnFiles() throws IOException {
        file("proc/self/cgroup", "4:memory:/m\n3:cpu,cpuacct:/docker/x\n0::/");
        file("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "-1");
        file("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us", "100000");
        assertThat(ProcessorLimits.quota(root)).isZero();
        file("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "250000");
        assertThat(ProcessorLimits.quota(root)).isEqualTo(2.5);
    }
}
