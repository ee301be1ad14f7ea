package dev.duet.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which files the data sets consist of and where they come from: {@code data/manifest.json}.
 *
 * @param files in the order in which they are fetched
 */
public record Manifest(@JsonProperty(required = true) List<Entry> files) {
    private static final String GZIP = ".gz";
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /**
     * One file.
     *
     * @param set name of the data set, such as {@code mnist}
     * @param path where it goes, relative to the data folder
     * @param urls addresses, tried in this order
     * @param bytes size, 0 if unknown
     * @param digest of the file
     * @param inflated digest of what a gzip file inflates to, or null
     * @param optional whether it is fetched only when asked for by name
     */
    public record Entry(
            @JsonProperty(required = true) String set,
            @JsonProperty(required = true) String path,
            @JsonProperty(required = true) List<URI> urls,
            long bytes,
            @JsonProperty(required = true) Digest digest,
            Digest inflated,
            boolean optional) {
        public Entry {
            if (set == null || digest == null) throw new DuetException("manifest: a file has no set or no digest");
            Path place = Path.of(path);
            if (place.isAbsolute() || place.normalize().startsWith("..")) {
                throw new DuetException("manifest: path '" + path + "' leaves the data folder");
            }
            urls = List.copyOf(urls);
        }

        /** Where the file lies below the data folder {@code dir}. */
        public Path in(Path dir) {
            return dir.resolve(path);
        }

        /** The file that {@link ImageSets} would read: an inflated one, which it prefers, or that of {@link #in}. */
        public Path foundIn(Path dir) {
            Path place = in(dir);
            if (inflated == null || !path.endsWith(GZIP)) return place;
            String name = place.getFileName().toString();
            Path raw = place.resolveSibling(name.substring(0, name.length() - GZIP.length()));
            return Files.exists(raw) ? raw : place;
        }
    }

    public Manifest {
        files = List.copyOf(files);
    }

    /** Duet's own: the build copies {@code data/manifest.json} beside this class. */
    public static Manifest packaged() {
        try (InputStream in = Manifest.class.getResourceAsStream("manifest.json")) {
            return MAPPER.readValue(in, Manifest.class);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read dev/duet/data/manifest.json from Duet's own jar", e);
        }
    }

    /** @throws DuetException if the file is missing or not a manifest */
    public static Manifest read(Path file) {
        try {
            Manifest read = MAPPER.readValue(file.toFile(), Manifest.class);
            if (read == null) throw new DuetException(file + ": not a readable data manifest: null");
            return read;
        } catch (JacksonException e) {
            throw new DuetException(file + ": not a readable data manifest: " + e.getOriginalMessage(), e);
        }
    }
}
