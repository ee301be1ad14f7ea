package dev.duet.profile;

import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Profiles as one JSON object for scripts. */
final class ProfileJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private ProfileJson() {}

    static String of(List<Profile> profiles) {
        ObjectNode root = JSON.createObjectNode().put("version", 1);
        ArrayNode all = root.putArray("profiles");
        profiles.forEach(profile -> write(profile, all.addObject()));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static void write(Profile profile, ObjectNode node) {
        Peaks peaks = profile.peaks();
        node.put("title", profile.title())
                .put("device", profile.device())
                .put("repeats", profile.repeats())
                .put("workers", profile.workers())
                .put("step_millis", profile.stepMillis())
                .put("step_with_marks_millis", profile.profiledMillis())
                .put("ops_millis", profile.total().millis())
                .put("flop", profile.total().flop())
                .put("bytes", profile.total().bytes())
                .putObject("peaks")
                .put("what", peaks.describe())
                .put("gflop_per_s", peaks.gflopPerSecond())
                .put("gb_per_s", peaks.gbPerSecond());
        ArrayNode ops = node.putArray("ops");
        profile.rows().forEach(row -> write(row, profile, ops.addObject()));
    }

    private static void write(Profile.Row row, Profile profile, ObjectNode node) {
        node.put("name", row.name())
                .put("what", row.what())
                .put("pass", row.direction().name().toLowerCase(Locale.ROOT))
                .put("calls", row.calls())
                .put("millis", row.millis())
                .put("share", row.millis() / profile.total().millis())
                .put("flop", row.flop())
                .put("gflop_per_s", row.gflopPerSecond())
                .put(
                        "share_of_peak_flop",
                        row.gflopPerSecond() / profile.peaks().gflopPerSecond())
                .put("bytes", row.bytes())
                .put("gb_per_s", row.gbPerSecond())
                .put("share_of_peak_bytes", row.gbPerSecond() / profile.peaks().gbPerSecond());
    }
}
