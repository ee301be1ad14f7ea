package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.run.Checkpoint.Progress;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@link Progress} as one line of JSON for a checkpoint's metadata. Doubles are hexadecimal floating-point strings
 * ({@link Double#toHexString}), which come back bit for bit and which Python's {@code float.fromhex} reads too.
 */
final class ProgressJson {
    /** Raised when older versions of Duet could misread what is written. */
    private static final int FORMAT = 1;

    private static final JsonMapper JSON = JsonMapper.shared();

    private ProgressJson() {}

    static String write(Progress progress) {
        ObjectNode root = JSON.createObjectNode()
                .put("format", FORMAT)
                .put("step", progress.step())
                .put("epoch", progress.epoch())
                .put("stage", progress.stage())
                .put("step_in_stage", progress.stepInStage())
                .put("step_in_epoch", progress.stepInEpoch())
                .put("best_validation_loss", Double.toHexString(progress.bestValidationLoss()))
                .put("data_seed", progress.dataSeed());
        ObjectNode sums = root.putObject("epoch_sums");
        progress.epochSums().forEach((term, sum) -> sums.put(term, Double.toHexString(sum)));
        return JSON.writeValueAsString(root);
    }

    /** @throws DuetException saying what is missing or wrong; the caller knows the file */
    static Progress read(String json) {
        JsonNode root = parse(json);
        long format = whole(root, "format");
        if (format != FORMAT) {
            throw new DuetException("expected checkpoint format " + FORMAT + ", got " + format
                    + "; it was written by another version of Duet");
        }
        Map<String, Double> sums = new LinkedHashMap<>();
        JsonNode written = root.path("epoch_sums");
        if (!written.isObject()) throw new DuetException("expected an object 'epoch_sums', got " + written);
        for (String term : written.propertyNames()) sums.put(term, real(written, term));
        return new Progress(
                whole(root, "step"),
                Math.toIntExact(bounded(root, "epoch")),
                Math.toIntExact(bounded(root, "stage")),
                whole(root, "step_in_stage"),
                whole(root, "step_in_epoch"),
                sums,
                real(root, "best_validation_loss"),
                whole(root, "data_seed"));
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw new DuetException("the training state is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static long whole(JsonNode root, String key) {
        JsonNode value = root.path(key);
        if (value.isIntegralNumber() && value.canConvertToLong()) return value.longValue();
        throw new DuetException("expected a whole number for '" + key + "', got " + value);
    }

    private static long bounded(JsonNode root, String key) {
        long value = whole(root, key);
        if (value >= 0 && value <= Integer.MAX_VALUE) return value;
        throw new DuetException("expected '" + key + "' to be 0 to " + Integer.MAX_VALUE + ", got " + value);
    }

    private static double real(JsonNode root, String key) {
        JsonNode value = root.path(key);
        try {
            if (value.isString()) return Double.parseDouble(value.stringValue());
        } catch (NumberFormatException e) {
            throw new DuetException("expected a hexadecimal float for '" + key + "', got " + value, e);
        }
        throw new DuetException("expected a hexadecimal float for '" + key + "', got " + value);
    }
}
