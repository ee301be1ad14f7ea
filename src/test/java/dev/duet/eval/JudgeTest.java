package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.DelayedBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.data.ImageSet;
import dev.duet.measure.Confidence;
import dev.duet.measure.ConfusionMatrix;
import dev.duet.run.RunConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JudgeTest {
    private static final JudgeSettings SETTINGS = TinyJudges.settings(50, 7, List.of(4, 8), 8);
    private static final ImageSet TRAIN = Quadrants.set("a", 128, 8, 1, 1);
    private static final ImageSet TEST = Quadrants.set("a", 150, 8, 1, 2); // more than one batch of 128

    private static Judge train(ImageSet set, JudgeSettings settings) {
        return Judge.train(new ReferenceBackend(), set, settings, (step, steps, loss) -> {}, () -> false);
    }

    @Test
    void learnsWhatIsPlainToSee() {
        List<Double> losses = new ArrayList<>();
        Judge judge = Judge.train(
                new ReferenceBackend(), TRAIN, SETTINGS, (step, steps, loss) -> losses.add(loss), () -> false);
        ConfusionMatrix matrix = judge.accuracy(TEST);
        assertThat(matrix.accuracy()).isEqualTo(Confidence.wilson(150, 150));
        assertThat(matrix.total(0)).isEqualTo(38);
        assertThat(losses).hasSize(50 * 8).allSatisfy(loss -> assertThat(loss).isFinite());
        assertThat(losses.get(0)).isBetween(1.2, 1.6); // near ln 4 before it has learned
        assertThat(losses.get(399)).isLessThan(0.1);
    }

    @Test
    void theSeedAloneDecides() {
        float[] once = parameters(train(TRAIN, TinyJudges.random(7)));
        assertThat(parameters(train(TRAIN, TinyJudges.random(7)))).containsExactly(once);
        assertThat(parameters(train(TRAIN, TinyJudges.random(8)))).isNotEqualTo(once);
    }

    /** The learning rate falls, so that the last of many steps moves the weights less than a constant one does. */
    @Test
    void theScheduleDecidesToo() {
        JudgeSettings cosine = TinyJudges.settings(4, 7, List.of(4), 4);
        JudgeSettings constant = new JudgeSettings(
                "b",
                cosine.layers(),
                cosine.augment(),
                cosine.epochs(),
                cosine.batch(),
                cosine.learningRate(),
                RunConfig.Schedule.CONSTANT,
                cosine.seed());
        assertThat(parameters(train(TRAIN, constant))).isNotEqualTo(parameters(train(TRAIN, cosine)));
    }

    /**
     * Quadrants lit in training are dark in the test: only a judge that saw both polarities, and standardises, reads them.
     */
    @Test
    void augmentationTeachesWhatTheImagesDoNotShow() {
        List<String> layers = List.of("standardise", "conv 8 relu", "linear 16 relu");
        AugmentSpec inverting = new AugmentSpec(0, 0, 0, 0, 0, 0, 0.5, 0);
        assertThat(ofInverted(layers, inverting)).isGreaterThan(0.9);
        assertThat(ofInverted(layers, AugmentSpec.NONE)).isLessThan(0.5);
    }

    /** Share right on inverted test images. */
    private static double ofInverted(List<String> layers, AugmentSpec augment) {
        Judge judge = train(TRAIN, new JudgeSettings("b", layers, augment, 60, 16, 3e-3, RunConfig.Schedule.COSINE, 7));
        int[] all = IntStream.range(0, TEST.count()).toArray();
        float[] images = Pictures.floats(TEST, all, 0, all.length);
        for (int i = 0; i < images.length; i++) images[i] = 1 - images[i];
        int[] read = judge.classify(images);
        return IntStream.range(0, read.length)
                        .filter(i -> read[i] == TEST.labels()[i])
                        .count()
                / (double) read.length;
    }

    /** Each batch's step is one program, run with the labels and the learning rate of its time. */
    @Test
    void aDeviceBehindTheHostLearnsTheSame() {
        JudgeSettings settings = TinyJudges.random(7);
        AtomicInteger waiting = new AtomicInteger();
        Judge behind = Judge.train(
                new DelayedBackend(new ReferenceBackend(), 1, waiting),
                TRAIN,
                settings,
                (step, steps, loss) -> {},
                () -> false);
        assertThat(waiting).hasValue(1);
        assertThat(parameters(behind)).containsExactly(parameters(train(TRAIN, settings)));
        assertThat(behind.accuracy(TEST).accuracy())
                .isEqualTo(train(TRAIN, settings).accuracy(TEST).accuracy());
    }

    private static float[] parameters(Judge judge) {
        return judge.save().tensors().get(0).values();
    }

    @Test
    void aSavedJudgeDecidesAlikeAndIsKnownAgain() {
        ImageSet train = Quadrants.set("a", 32, 8, 3, 1);
        JudgeSettings settings = TinyJudges.settings(2, 7, List.of(4), 4);
        Judge judge = train(train, settings);
        SavedJudge saved = judge.save();
        assertThat(saved.tensors().stream().map(SavedJudge.NamedTensor::name))
                .containsExactly(
                        "judge.a.0.weight",
                        "judge.a.0.bias",
                        "judge.a.1.weight",
                        "judge.a.1.bias",
                        "judge.a.2.weight",
                        "judge.a.2.bias");
        Judge loaded = Judge.load(new ReferenceBackend(), saved);
        assertThat(loaded.classes()).isEqualTo(Quadrants.CLASSES);
        float[] images = Pictures.floats(train, new int[] {0, 1, 2, 3, 4}, 0, 5);
        assertThat(loaded.classify(images)).containsExactly(judge.classify(images));
        assertThat(saved.fits(train, settings)).isTrue();
        assertThat(saved.fits(Quadrants.set("a", 32, 8, 3, 2), settings)).isFalse();
        assertThat(saved.fits(train, TinyJudges.settings(3, 7, List.of(4), 4))).isFalse();
    }

    /** Its last layer on the features gives the class: largest of W f + b. */
    @Test
    void featuresAreWhatTheLastLayerReads() {
        Judge judge = train(TRAIN, TinyJudges.settings(20, 7, List.of(4), 6));
        int[] all = IntStream.range(0, TEST.count()).toArray();
        Classifier.Reading reading = judge.read(Pictures.floats(TEST, all, 0, all.length));
        assertThat(judge.featureWidth()).isEqualTo(6);
        assertThat(reading.features()).hasSize(150 * 6);
        List<SavedJudge.NamedTensor> tensors = judge.save().tensors();
        float[] weight = tensors.get(tensors.size() - 2).values(); // (4, 6)
        float[] bias = tensors.get(tensors.size() - 1).values();
        for (int i : all) {
            float[] logits = bias.clone();
            for (int k = 0; k < 4; k++) {
                for (int d = 0; d < 6; d++) logits[k] += weight[k * 6 + d] * reading.features()[i * 6 + d];
            }
            assertThat(reading.classes()[i]).isEqualTo(JudgeBatch.best(logits, 0, 4));
        }
    }

    @Test
    void aJudgeOfAnotherVersionIsRefused() {
        SavedJudge saved =
                train(TRAIN, TinyJudges.settings(1, 7, List.of(2), 2)).save();
        Map<String, String> metadata = new LinkedHashMap<>(saved.metadata());
        metadata.put("duet_judge", "0");
        assertThatThrownBy(() -> Judge.load(new ReferenceBackend(), new SavedJudge(metadata, saved.tensors())))
                .isInstanceOf(DuetException.class)
                .hasMessage("saved judge: expected version 2, got 0; remove its file to train it anew");
        List<SavedJudge.NamedTensor> fewer = saved.tensors().subList(0, 3);
        assertThatThrownBy(() -> Judge.load(new ReferenceBackend(), new SavedJudge(saved.metadata(), fewer)))
                .hasMessage("saved judge: tensor 'judge.a.1.bias' is missing; remove its file to train it anew");
    }

    @Test
    void classesThatItDoesNotKnowAreLeftOut() {
        Judge judge = train(Quadrants.set("a", 64, 8, 1, 1, List.of("sw", "nw")), SETTINGS);
        ConfusionMatrix matrix = judge.accuracy(Quadrants.set("b", 10, 8, 1, 3, List.of("nw", "ne", "sw")));
        assertThat(matrix.total()).isEqualTo(7); // 4 nw, 3 sw; 3 ne left out
        assertThat(matrix.total(0)).isEqualTo(3); // sw is its class 0
        assertThat(matrix.accuracy().successes()).isEqualTo(7);
    }

    @Test
    void stopsWhenTold() {
        assertThatThrownBy(() ->
                        Judge.train(new ReferenceBackend(), TRAIN, SETTINGS, (step, steps, loss) -> {}, () -> true))
                .isInstanceOf(CancellationException.class)
                .hasMessage("judge of a: stopped at step 0 of 400");
    }

    @Test
    void refusesWhatItCannotJudge() {
        Judge judge = train(TRAIN, TinyJudges.settings(1, 7, List.of(2), 2));
        assertThatThrownBy(() -> judge.accuracy(Quadrants.set("b", 4, 10, 1, 1)))
                .hasMessage("judge of a: expected images of (C,H,W) (1,8,8), got (1,10,10) in b;"
                        + " resize the set as for training");
        assertThatThrownBy(() -> judge.classify(new float[65]))
                .hasMessage("judge of a: expected images of (1,8,8) = 64 values each, got 65 values");
        ImageSet unlabelled =
                new ImageSet("c", 8, 8, 1, ByteBuffer.allocateDirect(64), new byte[1], ImageSet.UNLABELLED);
        assertThatThrownBy(() -> train(unlabelled, SETTINGS))
                .hasMessageStartingWith("judge of c: expected labelled training images, got 1 without labels");
    }
}
