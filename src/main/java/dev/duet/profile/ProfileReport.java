package dev.duet.profile;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.run.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was profiled, to be read, parsed or drawn.
 *
 * @param profiles one; two for an op that was run fused, then separate
 */
public record ProfileReport(List<Profile> profiles) {
    private static final int LEAST_IMAGES = 4096;

    public ProfileReport {
        profiles = List.copyOf(profiles);
    }

    /** One training step of {@code config}, on drawn images. */
    public static ProfileReport ofStep(Backend backend, RunConfig config, int repeats) {
        ProfiledBackend profiled = ProfiledBackend.of(backend);
        int batch = config.train().batch();
        List<ImageSet> sets = BenchImages.of(config, Math.max(LEAST_IMAGES, 2 * batch));
        Profiler profiler = new Profiler(profiled, new StepSubject(profiled, config, sets, batch), repeats);
        String title = "step of " + batch + " pairs, preset " + config.preset();
        return new ProfileReport(List.of(profiler.measure(title, Peaks.measure(profiled))));
    }

    /**
     * One op alone, with the shapes of the last modality of {@code config}.
     *
     * @param size rows, or parameters
     * @throws dev.duet.DuetException if there is no kernel of that name
     */
    public static ProfileReport ofKernel(Backend backend, RunConfig config, String name, int size, int repeats) {
        ProfiledBackend profiled = ProfiledBackend.of(backend);
        Map<String, Subject> subjects = Kernels.make(profiled, config, name, size);
        List<Profiler> profilers = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        subjects.forEach((title, subject) -> {
            profilers.add(new Profiler(profiled, subject, repeats));
            titles.add(title + ", N = " + size);
        });
        Peaks peaks = Peaks.measure(profiled);
        List<Profile> profiles = new ArrayList<>();
        for (int i = 0; i < titles.size(); i++) profiles.add(profilers.get(i).measure(titles.get(i), peaks));
        return new ProfileReport(profiles);
    }

    /**
     * {@code name}.
     *
     * @throws dev.duet.DuetException unless there is a kernel of that name
     */
    public static String requireKernel(String name) {
        Kernels.require(name);
        return name;
    }

    /** Each kernel's name and what it is, a line each. */
    public static String kernels() {
        StringBuilder text = new StringBuilder();
        Kernels.NAMES.forEach((name, what) -> text.append(String.format(Locale.ROOT, "%-16s %s%n", name, what)));
        return text.toString();
    }

    /** Tables. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        profiles.forEach(profile -> text.append(text.isEmpty() ? "" : "\n").append(ProfileTable.of(profile)));
        if (profiles.size() == 2) text.append(comparison(profiles.get(0), profiles.get(1)));
        return text.toString();
    }

    private static String comparison(Profile fused, Profile separate) {
        return String.format(
                Locale.ROOT,
                "%nfused %.4f ms, separate %.4f ms: separate takes %.2f times as long%n",
                fused.stepMillis(),
                separate.stepMillis(),
                separate.stepMillis() / fused.stepMillis());
    }

    /** One JSON object. */
    public String toJson() {
        return ProfileJson.of(profiles);
    }

    /** The last recorded step in the Trace Event Format; of two profiles the first. */
    public String toTrace() {
        return ChromeTrace.of(profiles.get(0));
    }
}
