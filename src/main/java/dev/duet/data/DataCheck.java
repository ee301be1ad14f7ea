package dev.duet.data;

import dev.duet.DuetException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Compares what lies in a data folder with the manifest. */
public final class DataCheck {
    /** What was found in a file's place. */
    public enum State {
        /** The manifest's file, or, for gzip, another wrapper of the same content or the content itself. */
        OK,
        MISSING,
        /** Another digest, but readable, such as a subset. */
        OTHER,
        /** Another digest and not readable: damaged. */
        WRONG
    }

    /** @param detail a short phrase for people: what the file holds, or what is wrong with it */
    public record Finding(Manifest.Entry file, State state, String detail) {}

    private DataCheck() {}

    /** Checks one file; reads all of it. */
    public static Finding check(Manifest.Entry file, Path dir) {
        Path path = file.foundIn(dir);
        if (!Files.exists(path)) return new Finding(file, State.MISSING, "missing");
        boolean raw = !path.equals(file.in(dir));
        Digest expected = raw ? file.inflated() : file.digest();
        Digest got = expected.of(path);
        if (got.equals(expected)) return new Finding(file, State.OK, "digest is right" + (raw ? ", inflated" : ""));
        if (!raw && file.inflated() != null && file.inflated().equals(inflatedDigest(file.inflated(), path))) {
            return new Finding(file, State.OK, "content is right, in another gzip wrapper");
        }
        try {
            return new Finding(file, State.OTHER, "other file, readable: " + describe(path));
        } catch (DuetException e) {
            String digests = "expected " + expected + ", got " + got;
            return new Finding(file, State.WRONG, "wrong digest (" + digests + ") and not readable: " + e.getMessage());
        }
    }

    /** Digest of the inflated content, or null if the file is no intact gzip. */
    private static Digest inflatedDigest(Digest like, Path path) {
        try (InputStream in = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(path)))) {
            return like.of(in);
        } catch (IOException e) {
            return null;
        }
    }

    private static String describe(Path path) {
        if (path.getFileName().toString().endsWith(".mat")) {
            return Mat5.read("svhn", path).count() + " images";
        }
        return Idx.describe(path);
    }
}
