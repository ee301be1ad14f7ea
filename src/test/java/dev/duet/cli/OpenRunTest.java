package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.data.ImageSet;
import dev.duet.eval.Evaluation;
import dev.duet.eval.Evaluator;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenRunTest {
    @TempDir
    Path folder;

    /** Not to the images that data.validation held out, whatever is measured. */
    @Test
    void evaluationFitsToTheImagesThatTrainingLearnedFrom() {
        Path run = SmallRun.train(folder.resolve("run"));
        try (OpenRun open = new OpenRun(run, new MachineOptions(), TerminalFixture.redirected().terminal)) {
            Evaluator.Sets test = open.sets(Evaluation.Split.TEST);
            Evaluator.Sets validation = open.sets(Evaluation.Split.VALIDATION);
            assertThat(test.test()).isEqualTo(open.test());
            for (int m = 0; m < 2; m++) {
                ImageSet learned = test.train().get(m);
                assertThat(learned.count() + validation.test().get(m).count())
                        .isEqualTo(open.train().get(m).count());
                assertThat(validation.test().get(m).count()).isPositive();
                assertThat(learned.pixels()).isEqualTo(validation.train().get(m).pixels());
                assertThat(learned.labels()).isEqualTo(validation.train().get(m).labels());
            }
        }
    }

    /** A copy would take as much memory again. */
    @Test
    void allImagesAreNotCopied() {
        Path run = SmallRun.train(folder.resolve("run"), "--set=data.validation=0");
        try (OpenRun open = new OpenRun(run, new MachineOptions(), TerminalFixture.redirected().terminal)) {
            List<ImageSet> learned = open.sets(Evaluation.Split.TEST).train();
            for (int m = 0; m < 2; m++)
                assertThat(learned.get(m)).isSameAs(open.train().get(m));
        }
    }
}
