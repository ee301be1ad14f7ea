package dev.duet.run;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to train into a run folder, held by one process at a time. The operating system drops it when the process
 * ends, however it ends. The lock file itself stays: to delete it would let two processes each hold "the" lock.
 */
public final class RunLock implements AutoCloseable {
    private static final int MAX_PID_BYTES = 20;

    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws DuetException naming the process that holds the lock */
    static RunLock acquire(Path file) {
        FileChannel channel = null;
        RunLock lock = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!tryLock(channel)) throw held(file, channel);
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            lock = new RunLock(channel);
            return lock;
        } catch (IOException e) {
            throw IoFailures.of("lock", file, e);
        } finally {
            if (lock == null && channel != null) release(channel);
        }
    }

    /** Gives the run free; safe to call twice. */
    @Override
    public void close() {
        release(channel);
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // this very process holds it
        }
    }

    private static DuetException held(Path file, FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_PID_BYTES);
        int count = Math.max(0, channel.read(bytes, 0));
        String pid = new String(bytes.array(), 0, count, StandardCharsets.US_ASCII);
        return new DuetException(file.getParent() + ": process " + (pid.isEmpty() ? "unknown" : pid)
                + " is training into this run; wait until it ends, or choose another folder with --out");
    }

    /** Closing the channel releases its lock. */
    private static void release(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(RunLock.class.getName()).log(System.Logger.Level.DEBUG, "close", e);
        }
    }
}
