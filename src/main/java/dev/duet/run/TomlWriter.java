package dev.duet.run;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Writes a tree as TOML in tables, as a person would; Jackson's own writer puts all on dotted lines. */
final class TomlWriter {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final StringBuilder out = new StringBuilder();

    private TomlWriter() {}

    /** @param root an object; null values are left out */
    static String write(JsonNode root) {
        TomlWriter writer = new TomlWriter();
        writer.table("", root);
        return writer.out.toString();
    }

    /** First the table's own values, then the tables in it: TOML would take a later value for the inner table's. */
    private void table(String path, JsonNode table) {
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            JsonNode value = entry.getValue();
            if (value.isNull() || value.isObject() || isArrayOfTables(value)) continue;
            out.append(entry.getKey()).append(" = ");
            value(value);
            out.append('\n');
        }
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            String inner = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            JsonNode value = entry.getValue();
            if (value.isObject()) {
                out.append("\n[").append(inner).append("]\n");
                table(inner, value);
            } else if (isArrayOfTables(value)) {
                for (JsonNode element : value) {
                    out.append("\n[[").append(inner).append("]]\n");
                    table(inner, element);
                }
            }
        }
    }

    private static boolean isArrayOfTables(JsonNode value) {
        return value.isArray() && !value.isEmpty() && value.get(0).isObject();
    }

    private void value(JsonNode value) {
        if (value.isArray()) {
            String separator = "[";
            for (JsonNode element : value) {
                out.append(separator);
                value(element);
                separator = ", ";
            }
            out.append(value.isEmpty() ? "[]" : "]");
        } else if (value.isString()) {
            // JSON's escapes are TOML's too, but TOML wants DEL escaped as well
            out.append(JSON.writeValueAsString(value.stringValue()).replace("\u007f", "\\u007f"));
        } else {
            out.append(value.asString());
        }
    }
}
