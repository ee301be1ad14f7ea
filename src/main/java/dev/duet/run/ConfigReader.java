package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.backend.AugmentSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.type.LogicalType;
import tools.jackson.dataformat.toml.TomlMapper;

/** From TOML text to {@link RunConfig} and back, by way of a tree of keys on which presets and overrides are laid. */
final class ConfigReader {
    static final List<String> PRESETS =
            List.of("duet", "duet-quick", "lab", "cross", "mvae", "mmvae", "mopoe", "jmvae", "mvtcae", "demo");

    private static final TomlMapper TOML = new TomlMapper();
    /** Strict: a text is no number, a number no text, a fraction no whole number. */
    private static final JsonMapper BINDER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    /** Tables of a modality of which a file may leave out keys, or all; what is left out is 0. */
    private static final List<String> AUGMENTATIONS = List.of("augment", "perturb");

    private static final ObjectNode NO_AUGMENTATION = BINDER.valueToTree(AugmentSpec.NONE);

    private ConfigReader() {}

    static RunConfig load(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw IoFailures.of("read", file, e);
        }
        return bind(overPreset(parse(text, file.toString())), file.toString());
    }

    static RunConfig preset(String name) {
        if (!PRESETS.contains(name)) {
            throw new DuetException("preset: expected one of " + String.join(", ", PRESETS) + ", got \"" + name + "\""
                    + ConfigErrors.suggestion(name, PRESETS));
        }
        return bind(presetTree(name), "preset " + name);
    }

    static RunConfig with(RunConfig config, String dottedKey, String value) {
        ObjectNode root = tree(config);
        String where = "override " + dottedKey + "=" + value;
        String[] keys = dottedKey.split("\\.", -1);
        JsonNode parent = root;
        for (int i = 0; i < keys.length - 1; i++) parent = child(parent, keys[i], where);
        JsonNode old = child(parent, keys[keys.length - 1], where);
        if (!(parent instanceof ObjectNode table)) {
            throw new DuetException(where + ": expected the key of a value, got a whole table or element");
        }
        boolean text = old.isString() || old.isNull(); // null: a file that is not given
        table.set(keys[keys.length - 1], text ? root.stringNode(value) : parseValue(root, value));
        return bind(root, where);
    }

    static String toToml(RunConfig config) {
        ObjectNode tree = tree(config);
        for (ObjectNode modality : modalities(tree))
            for (String key : AUGMENTATIONS) if (modality.get(key).equals(NO_AUGMENTATION)) modality.remove(key);
        return "# Repeat this run with: duet train --config config.toml\n" + TomlWriter.write(tree);
    }

    static List<String> differences(RunConfig from, RunConfig to) {
        return ConfigDifferences.between(tree(from), tree(to));
    }

    private static ObjectNode tree(RunConfig config) {
        return BINDER.valueToTree(config);
    }

    private static RunConfig bind(JsonNode tree, String where) {
        ConfigErrors.requireKnownKeys(tree, tree(bindKnown(presetTree("cross"), "preset cross")), "", where);
        for (ObjectNode modality : modalities(tree)) {
            for (String key : AUGMENTATIONS) {
                if (!(modality.get(key) instanceof ObjectNode given)) continue;
                ObjectNode whole = NO_AUGMENTATION.deepCopy();
                lay(given, whole);
                modality.set(key, whole);
            }
        }
        return bindKnown(tree, where);
    }

    private static List<ObjectNode> modalities(JsonNode tree) {
        return tree.path("modality")
                .valueStream()
                .filter(ObjectNode.class::isInstance)
                .map(ObjectNode.class::cast)
                .toList();
    }

    private static RunConfig bindKnown(JsonNode tree, String where) {
        try {
            return BINDER.treeToValue(tree, RunConfig.class);
        } catch (JacksonException e) {
            throw ConfigErrors.explain(e, tree, where);
        }
    }

    private static ObjectNode parse(String text, String where) {
        try {
            return (ObjectNode) TOML.readTree(text);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new DuetException(
                    where + (line > 0 ? ", line " + line : "") + ": not valid TOML: " + e.getOriginalMessage(), e);
        }
    }

    private static ObjectNode presetTree(String name) {
        String resource = "presets/" + name + ".toml";
        try (InputStream in = ConfigReader.class.getResourceAsStream(resource)) {
            if (in == null) throw new DuetException(resource + ": missing from Duet's jar; build Duet again");
            ObjectNode tree = parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), resource);
            return name.equals(tree.path("preset").asString(""))
                    ? tree
                    : overPreset(tree).put("preset", name);
        } catch (IOException e) {
            throw IoFailures.of("read", Path.of(resource), e);
        }
    }

    /** The tree laid over the preset that it names; as it is if there is no such preset, for it may be complete. */
    private static ObjectNode overPreset(ObjectNode tree) {
        JsonNode name = tree.path("preset");
        if (!name.isString() || !PRESETS.contains(name.stringValue())) return tree;
        ObjectNode base = presetTree(name.stringValue());
        lay(tree, base);
        return base;
    }

    private static void lay(ObjectNode over, ObjectNode base) {
        for (Map.Entry<String, JsonNode> entry : over.properties()) {
            JsonNode below = base.get(entry.getKey());
            if (below instanceof ObjectNode table && entry.getValue() instanceof ObjectNode top) lay(top, table);
            else base.set(entry.getKey(), entry.getValue());
        }
    }

    /** The value of a key in a table, or the element of an array by its name or number. */
    private static JsonNode child(JsonNode parent, String key, String where) {
        if (parent instanceof ObjectNode table) {
            JsonNode child = table.get(key);
            if (child != null) return child;
            throw ConfigErrors.unknownKey(where, key, table.propertyNames());
        }
        if (parent instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                JsonNode element = array.get(i);
                if (key.equals(Integer.toString(i))
                        || key.equals(element.path("name").asString(""))) return element;
            }
            throw new DuetException(where + ": expected the name of an element or 0 to " + (array.size() - 1)
                    + ", got \"" + key + "\"");
        }
        throw new DuetException(where + ": expected a key, got more after a value: \"" + key + "\"");
    }

    /** Text that is no TOML value stays text, of which the binder then says what was expected. */
    private static JsonNode parseValue(ObjectNode root, String value) {
        try {
            JsonNode parsed = TOML.readTree("value = " + value);
            return parsed.size() == 1 ? parsed.get("value") : root.stringNode(value);
        } catch (JacksonException e) {
            return root.stringNode(value);
        }
    }
}
