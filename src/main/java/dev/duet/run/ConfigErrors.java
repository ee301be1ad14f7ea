package dev.duet.run;

import dev.duet.DuetException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;

/** Turns what the binder found wrong into one sentence: where, key, what was expected, what was got. */
final class ConfigErrors {
    private ConfigErrors() {}

    static DuetException explain(JacksonException error, JsonNode tree, String where) {
        String key = key(error, tree);
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof DuetException rule) {
                String in = key.isEmpty() ? "" : key + ": "; // a rule of the whole names the key itself
                return new DuetException(where + ": " + in + rule.getMessage(), error);
            }
        }
        JsonNode got = find(error, tree);
        Class<?> target = null;
        if (error instanceof MismatchedInputException mismatch) target = mismatch.getTargetType();
        if (error instanceof InputCoercionException overflow) target = overflow.getTargetType();
        String expected = expected(target);
        if (got.isMissingNode()) return new DuetException(where + ": missing key '" + key + "', " + expected, error);
        return new DuetException(where + ": " + key + ": expected " + expected + ", got " + got, error);
    }

    /**
     * Refuses keys that the template lacks: before binding, as one misspelt key is also one that is missing.
     *
     * @param template every key there is; of its arrays of tables the first element speaks for all
     */
    static void requireKnownKeys(JsonNode tree, JsonNode template, String path, String where) {
        for (Map.Entry<String, JsonNode> entry : tree.properties()) {
            String key = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            JsonNode below = template.path(entry.getKey());
            JsonNode value = entry.getValue();
            if (below.isMissingNode()) throw unknownKey(where, key, template.propertyNames());
            if (value.isObject() && below.isObject()) requireKnownKeys(value, below, key, where);
            if (!value.isArray() || !below.path(0).isObject()) continue;
            for (int i = 0; i < value.size(); i++) {
                String element = key + "." + value.get(i).path("name").asString(Integer.toString(i));
                requireKnownKeys(value.get(i), below.get(0), element, where);
            }
        }
    }

    /** @param path the key or its whole path; its last part is what the known keys are compared with */
    static DuetException unknownKey(String where, String path, Collection<String> known) {
        String key = path.substring(path.lastIndexOf('.') + 1);
        String all = known.stream().sorted().collect(Collectors.joining(", "));
        return new DuetException(
                where + ": unknown key '" + path + "'" + suggestion(key, known) + "; the keys there are " + all);
    }

    /** " (did you mean …?)" with what comes near, or nothing. */
    static String suggestion(String name, Collection<String> known) {
        String near = known.stream()
                .filter(candidate -> distance(name, candidate) <= Math.max(2, candidate.length() / 3))
                .sorted(Comparator.comparingInt((String candidate) -> distance(name, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(2)
                .collect(Collectors.joining("' or '", "'", "'"));
        return near.equals("''") ? "" : " (did you mean " + near + "?)";
    }

    private static String expected(Class<?> type) {
        if (type == null) return "another kind of value";
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(constant -> "\"" + constant.toString().toLowerCase(Locale.ROOT) + "\"")
                    .collect(Collectors.joining(" or "));
        }
        if (type == int.class || type == Integer.class) return "a whole number within ±2147483647";
        if (type == long.class) return "a whole number of 64 bits";
        if (type == double.class) return "a number";
        if (type == String.class) return "a string";
        return Collection.class.isAssignableFrom(type) ? "an array" : "a table";
    }

    /** Path of the fault; elements by their names where they have one. */
    private static String key(JacksonException error, JsonNode tree) {
        StringBuilder key = new StringBuilder();
        JsonNode node = tree;
        for (JacksonException.Reference step : error.getPath()) {
            node = step(node, step);
            String part = step.getPropertyName() != null
                    ? step.getPropertyName()
                    : node.path("name").asString(Integer.toString(step.getIndex()));
            key.append(key.isEmpty() ? "" : ".").append(part);
        }
        return key.toString();
    }

    private static JsonNode find(JacksonException error, JsonNode tree) {
        JsonNode node = tree;
        for (JacksonException.Reference step : error.getPath()) node = step(node, step);
        return node;
    }

    private static JsonNode step(JsonNode node, JacksonException.Reference step) {
        return step.getPropertyName() != null ? node.path(step.getPropertyName()) : node.path(step.getIndex());
    }

    /** Levenshtein distance: insertions, deletions and replacements of one letter. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
