package dev.duet.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.PrivateSource;
import dev.duet.backend.Subset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which term is which, and how they add up. */
class ElboTest {
    private static final List<String> NAMES = List.of("mnist", "svhn");
    private static final List<Integer> BOTH = List.of(0, 1);

    /** {M} decodes both, {S} decodes only SVHN, {MS} both; a = ½, ¼, 2; λ = 3, 5. */
    private static final LatentSpec LATENT = new LatentSpec(
            4,
            List.of(1, 2),
            List.of(
                    new Subset(List.of(0), 0.5, BOTH),
                    new Subset(List.of(1), 0.25, List.of(1)),
                    new Subset(BOTH, 2, BOTH)),
            0,
            true);

    private final Elbo elbo = new Elbo(LATENT, NAMES, new double[] {3, 5});

    /** KL of 3 subsets, KL of 2 private codes, 2 blocks of MNIST, 3 of SVHN. */
    private final double[] terms = {1, 10, 100, 7, 9, 11, 13, 17, 19, 23};

    @Test
    void namesSayWhatWasDecodedFromWhat() {
        assertThat(elbo.names())
                .containsExactly(
                        "kl/mnist",
                        "kl/svhn",
                        "kl/mnist+svhn",
                        "kl_private/mnist",
                        "kl_private/svhn",
                        "nll/mnist|mnist",
                        "nll/mnist|mnist+svhn",
                        "nll/svhn|mnist",
                        "nll/svhn|svhn",
                        "nll/svhn|mnist+svhn");
        assertThat(elbo.terms()).isEqualTo(10);
        assertThat(elbo.firstNll(0)).isEqualTo(5);
        assertThat(elbo.firstNll(1)).isEqualTo(7);
    }

    @Test
    void blockWeightsAreSubsetWeightTimesLambda() {
        assertThat(elbo.blockWeights(0)).containsExactly(0.5 * 3, 2 * 3.0);
        assertThat(elbo.blockWeights(1)).containsExactly(0.5 * 5, 0.25 * 5, 2 * 5.0);
    }

    @Test
    void partsAndLossFromHandMadeTerms() {
        double rec = 0.5 * (3 * 11 + 5 * 17) + 0.25 * 5 * 19 + 2 * (3 * 13 + 5 * 23);
        double kl = 0.5 * 1 + 0.25 * 10 + 2 * 100;
        assertThat(elbo.reconstruction(terms)).isCloseTo(rec, within(1e-12));
        assertThat(elbo.sharedKl(terms)).isCloseTo(kl, within(1e-12));
        assertThat(elbo.privateKl(terms)).isCloseTo(16, within(1e-12));
        assertThat(elbo.loss(terms, 1, 1)).isCloseTo(rec + kl + 16, within(1e-12));
    }

    @Test
    void betaWeighsTheSharedAndBetaPrivateThePrivateKl() {
        double rec = elbo.reconstruction(terms);
        assertThat(elbo.loss(terms, 0, 0)).isCloseTo(rec, within(1e-12));
        assertThat(elbo.loss(terms, 0.5, 0)).isCloseTo(rec + 0.5 * 203, within(1e-12));
        assertThat(elbo.loss(terms, 0, 4)).isCloseTo(rec + 4 * 16, within(1e-12));
    }

    @Test
    void theLabsObjectiveIsTheSumOfItsTerms() {
        LatentSpec lab = new LatentSpec(64, List.of(0, 0), List.of(new Subset(BOTH, 1, BOTH)), 1e-8, false);
        Elbo plain = new Elbo(lab, NAMES, new double[] {1, 1});
        assertThat(plain.names())
                .containsExactly(
                        "kl/mnist+svhn",
                        "kl_private/mnist",
                        "kl_private/svhn",
                        "nll/mnist|mnist+svhn",
                        "nll/svhn|mnist+svhn");
        assertThat(plain.loss(new double[] {30, 0, 0, 100, 50}, 1, 1)).isEqualTo(180);
    }

    /** KL of 2 subsets, of 2 private codes, of the joint posterior from both: j = 7, 11; they count as β's. */
    @Test
    void jointKlsStandBehindThePrivateOnes() {
        List<Subset> subsets = List.of(
                new Subset(List.of(0), 0, List.of(), List.of(), 7),
                new Subset(BOTH, 2, BOTH),
                new Subset(List.of(1), 0.5, List.of(1), List.of(), 11));
        Elbo joint = new Elbo(new LatentSpec(4, List.of(0, 0), subsets, 0, false), NAMES, new double[] {3, 5});
        assertThat(joint.names())
                .containsExactly(
                        "kl/mnist",
                        "kl/mnist+svhn",
                        "kl/svhn",
                        "kl_private/mnist",
                        "kl_private/svhn",
                        "kl_joint/mnist",
                        "kl_joint/svhn",
                        "nll/mnist|mnist+svhn",
                        "nll/svhn|mnist+svhn",
                        "nll/svhn|svhn");
        double[] values = {100, 1, 10, 0.5, 0.25, 2, 3, 13, 17, 19};
        double kl = 2 * 1 + 0.5 * 10 + 7 * 2 + 11 * 3;
        double rec = 2 * (3 * 13 + 5 * 17) + 0.5 * 5 * 19;
        assertThat(joint.sharedKl(values)).isCloseTo(kl, within(1e-12));
        assertThat(joint.privateKl(values)).isCloseTo(0.75, within(1e-12));
        assertThat(joint.reconstruction(values)).isCloseTo(rec, within(1e-12));
        assertThat(joint.loss(values, 0.5, 4)).isCloseTo(rec + 0.5 * kl + 3, within(1e-12));
        assertThat(joint.counts(0)).as("KL of a subset that decodes nothing").isFalse();
    }

    @Test
    void aJointKlNeedsASubsetOfAll() {
        List<Subset> alone = List.of(new Subset(List.of(0), 1, BOTH, List.of(), 7), new Subset(List.of(1), 1, BOTH));
        assertThatThrownBy(() -> new LatentSpec(4, List.of(0, 0), alone, 0, false))
                .hasMessage("joint KL: expected a subset of all 2 modalities, got none; add it, or set every subset's"
                        + " joint KL to 0");
    }

    private static LatentSpec cycling() {
        List<Subset> subsets = LATENT.subsets().stream()
                .map(s -> new Subset(s.members(), s.weight(), s.decodes(), List.of(1)))
                .toList();
        return new LatentSpec(LATENT.shared(), LATENT.privates(), subsets, 0, false);
    }

    /** a_S and λ weigh likelihoods; the contrast has γ = 7 alone, the cycles κ = 11. */
    @Test
    void alignmentStandsBehindTheElboWithWeightsOfItsOwn() {
        Elbo aligned = new Elbo(cycling(), NAMES, new double[] {3, 5}, new Alignment(true, 7, 0.1, 2, 11));
        assertThat(aligned.names().subList(0, 10)).isEqualTo(elbo.names());
        assertThat(aligned.names().subList(10, 14))
                .containsExactly("contrast/mnist+svhn", "cycle/svhn|mnist", "cycle/svhn|svhn", "cycle/svhn|mnist+svhn");
        assertThat(aligned.terms()).isEqualTo(14);
        assertThat(aligned.firstContrast()).isEqualTo(10);
        assertThat(aligned.firstCycle(0)).as("MNIST has none").isEqualTo(11);
        assertThat(aligned.firstCycle(1)).isEqualTo(11);
        double[] all = Arrays.copyOf(terms, 14);
        System.arraycopy(new double[] {2, 0.5, 0.25, 1}, 0, all, 10, 4);
        double aligning = 7 * 2 + 11 * (0.5 + 0.25 + 1);
        assertThat(aligned.aligning(all)).isCloseTo(aligning, within(1e-12));
        assertThat(aligned.reconstruction(all)).isEqualTo(elbo.reconstruction(terms));
        assertThat(aligned.blockWeights(1)).containsExactly(elbo.blockWeights(1));
        assertThat(aligned.loss(all, 0.5, 4)).isCloseTo(elbo.loss(terms, 0.5, 4) + aligning, within(1e-12));
    }

    /** Three modalities have three contrasts, (0, 1), (0, 2), (1, 2). */
    @Test
    void eachPairOfModalitiesHasItsContrast() {
        LatentSpec three = new LatentSpec(
                2, List.of(0, 0, 0), List.of(new Subset(List.of(0, 1, 2), 1, List.of(0, 1, 2))), 0, false);
        Elbo aligned = new Elbo(three, List.of("a", "b", "c"), new double[] {1, 1, 1}, new Alignment(true, 1, 1, 2, 0));
        assertThat(aligned.names().subList(aligned.firstContrast(), aligned.terms()))
                .containsExactly("contrast/a+b", "contrast/a+c", "contrast/b+c");
    }

    /** So that only R tells the noise of a stage with cycles from that of one without. */
    @Test
    void cyclesComeBehindAllElse() {
        LatentSpec cycles = cycling();
        assertThat(cycles.codeBlocks(0)).containsExactly(LATENT.blocks(0));
        assertThat(cycles.codeBlocks(1)).containsExactly(0, 1, 2, 0, 1, 2);
        assertThat(cycles.noiseColumns()).isEqualTo(20 + 3 * LATENT.privates().get(1));
        for (int t = 0; t < 2; t++)
            for (int i = 0; i < LATENT.blocks(t).length; i++) {
                assertThat(cycles.privateNoiseColumn(t, i)).isEqualTo(LATENT.privateNoiseColumn(t, i));
                assertThat(cycles.privateSource(t, i)).isEqualTo(PrivateSource.POSTERIOR);
            }
        assertThat(cycles.privateNoiseColumn(1, 3)).isEqualTo(20);
        assertThat(cycles.privateSource(1, 3)).isEqualTo(PrivateSource.PRIOR);
    }

    /** Z per subset, then W per modality and block: 3·4 + 2·1 + 3·2. */
    @Test
    void noiseColumnsFollowSubsetsThenBlocks() {
        assertThat(LATENT.noiseColumns()).isEqualTo(20);
        assertThat(LATENT.privateNoiseColumn(0, 0)).isEqualTo(12);
        assertThat(LATENT.privateNoiseColumn(0, 1)).isEqualTo(13);
        assertThat(LATENT.privateNoiseColumn(1, 0)).isEqualTo(14);
        assertThat(LATENT.privateNoiseColumn(1, 2)).isEqualTo(18);
    }
}
