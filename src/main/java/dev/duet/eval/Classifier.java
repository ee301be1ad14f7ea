package dev.duet.eval;

import dev.duet.tensor.Shape;
import java.util.List;

/** What says which class an image of one modality shows: a {@link Judge} that Duet trained, or an {@link OnnxJudge} brought along. */
public interface Classifier {
    /**
     * What a classifier sees in images.
     *
     * @param classes (N) the class of each
     * @param features (N, D) what describes each
     */
    @SuppressWarnings("ArrayRecordComponent") // a parcel, never compared
    record Reading(int[] classes, float[] features) {}

    /** Tells the classifiers of one modality apart, e.g. "b". */
    String kind();

    /** Name of the modality. */
    String name();

    /** Names of the classes that it tells apart. */
    List<String> classes();

    /** (C, H, W) of the images that it reads. */
    Shape image();

    /** D, number of features of an image. */
    int featureWidth();

    /**
     * The class of each image, with the features.
     *
     * @param images (N, C, H, W) in [0, 1]
     * @throws dev.duet.DuetException if the array does not hold whole images
     */
    Reading read(float[] images);

    /** {@link #read}, the classes alone. */
    default int[] classify(float[] images) {
        return read(images).classes();
    }
}
