package dev.duet.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Says where two configurations differ, key by key. */
final class ConfigDifferences {
    private ConfigDifferences() {}

    /** One text per key with another value, such as {@code train.batch (24 → 32)}. */
    static List<String> between(ObjectNode from, ObjectNode to) {
        Map<String, JsonNode> before = new LinkedHashMap<>();
        Map<String, JsonNode> after = new LinkedHashMap<>();
        flatten("", from, before);
        flatten("", to, after);
        Set<String> keys = new LinkedHashSet<>(before.keySet());
        keys.addAll(after.keySet());
        List<String> out = new ArrayList<>();
        for (String key : keys) {
            JsonNode old = before.get(key);
            JsonNode now = after.get(key);
            if (!Objects.equals(old, now)) out.add(key + " (" + text(old) + " → " + text(now) + ")");
        }
        return out;
    }

    /** Elements of an array of tables stand by their names, or their numbers where they have none. */
    private static void flatten(String path, JsonNode node, Map<String, JsonNode> out) {
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> entry : node.properties())
                flatten(path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), entry.getValue(), out);
        } else if (node.path(0).isObject()) {
            for (int i = 0; i < node.size(); i++) {
                String element = node.get(i).path("name").asString(Integer.toString(i));
                flatten(path + "." + element, node.get(i), out);
            }
        } else {
            out.put(path, node);
        }
    }

    private static String text(JsonNode value) {
        return value == null || value.isNull() ? "nothing" : value.toString();
    }
}
