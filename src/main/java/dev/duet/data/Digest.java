package dev.duet.data;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A digest of a file, written {@code md5:…} or {@code sha256:…}.
 *
 * @param algorithm {@code md5} or {@code sha256}
 * @param hex lower-case hexadecimal digits
 */
public record Digest(String algorithm, String hex) {
    private static final int BUFFER = 1 << 16;

    /** @throws DuetException unless the text is {@code md5:} and 32 or {@code sha256:} and 64 lower-case hex digits */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Digest parse(String text) {
        if (!text.matches("md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}")) {
            throw new DuetException("digest: expected md5: or sha256: and lower-case hex digits, got '" + text + "'");
        }
        int colon = text.indexOf(':');
        return new Digest(text.substring(0, colon), text.substring(colon + 1));
    }

    /** The digest of a file with this one's algorithm. */
    public Digest of(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return of(in);
        } catch (IOException e) {
            throw new DuetException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** The digest of the rest of a stream with this one's algorithm. */
    Digest of(InputStream in) throws IOException {
        MessageDigest digest = messageDigest();
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
        return new Digest(algorithm, HexFormat.of().formatHex(digest.digest()));
    }

    private MessageDigest messageDigest() {
        try {
            return MessageDigest.getInstance(algorithm.equals("md5") ? "MD5" : "SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5 and SHA-256", e);
        }
    }

    @JsonValue
    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }
}
