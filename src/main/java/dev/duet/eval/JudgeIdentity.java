package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.data.ImageSet;
import dev.duet.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * What makes one judge differ from another: version, data and settings.
 *
 * @param name of the training set
 * @param image (C, H, W)
 * @param classes names of the classes
 * @param data count and CRC-32 of the training pixels and labels
 */
record JudgeIdentity(String name, Shape image, List<String> classes, String data, JudgeSettings settings) {
    /** Raised whenever the architecture or its training changes. */
    private static final String VERSION = "2";

    private static final JsonMapper JSON = JsonMapper.shared();

    static JudgeIdentity of(ImageSet set, JudgeSettings settings) {
        CRC32 crc = new CRC32();
        crc.update(set.pixels().duplicate().clear());
        crc.update(set.labels());
        String data = set.count() + " images, crc32 " + Long.toHexString(crc.getValue());
        return new JudgeIdentity(set.name(), Pictures.shape(set), set.classes(), data, settings);
    }

    Map<String, String> metadata() {
        return Map.of(
                "duet_judge",
                VERSION,
                "name",
                name,
                "image",
                JSON.writeValueAsString(List.of(image.get(0), image.get(1), image.get(2))),
                "classes",
                JSON.writeValueAsString(classes),
                "data",
                data,
                "settings",
                JSON.writeValueAsString(settings));
    }

    /** @throws DuetException if the version is another or an entry is missing or not readable */
    static JudgeIdentity parse(Map<String, String> metadata) {
        if (!VERSION.equals(metadata.get("duet_judge"))) {
            throw new DuetException("saved judge: expected version " + VERSION + ", got " + metadata.get("duet_judge")
                    + "; remove its file to train it anew");
        }
        try {
            List<Integer> image = JSON.readValue(entry(metadata, "image"), new TypeReference<List<Integer>>() {});
            return new JudgeIdentity(
                    entry(metadata, "name"),
                    Shape.of(image.get(0), image.get(1), image.get(2)),
                    JSON.readValue(entry(metadata, "classes"), new TypeReference<List<String>>() {}),
                    entry(metadata, "data"),
                    JSON.readValue(entry(metadata, "settings"), JudgeSettings.class));
        } catch (JacksonException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new DuetException("saved judge: unreadable metadata " + metadata + "; remove its file", e);
        }
    }

    private static String entry(Map<String, String> metadata, String key) {
        String value = metadata.get(key);
        if (value == null) throw new DuetException("saved judge: '" + key + "' is missing; remove its file");
        return value;
    }
}
