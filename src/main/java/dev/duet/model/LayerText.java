package dev.duet.model;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;

/** A layer's text, read word by word. */
final class LayerText {
    private final int number; // from 1
    private final String text;
    private final String[] words;
    private int next;

    LayerText(int number, String text) {
        this.number = number;
        this.text = text;
        words = text.strip().split("\\s+");
    }

    /** A failure at this text. */
    DuetException wrong(String expected, String got) {
        return new DuetException("layer " + number + ", '" + text + "': expected " + expected + ", got " + got
                + "; docs/design.md lists the layers and their texts");
    }

    /** The next word, which must be there. */
    String word(String expected) {
        if (next == words.length || words[next].isEmpty()) throw wrong(expected, "nothing more");
        return words[next++];
    }

    /** Takes the next word if it is {@code word}. */
    boolean takes(String word) {
        boolean is = next < words.length && words[next].equals(word);
        if (is) next++;
        return is;
    }

    void requireEnd() {
        if (next < words.length) throw wrong("nothing after '" + words[next - 1] + "'", "'" + words[next] + "'");
    }

    /** A whole number of at least 1. */
    int positive(String expected) {
        String word = word(expected);
        return number(word, word, 1, expected);
    }

    /** A number behind a letter, such as {@code k3}; {@code otherwise} if the next word is none. */
    int setting(char letter, int otherwise, int least) {
        if (next == words.length || words[next].charAt(0) != letter || !words[next].matches(".\\d.*")) return otherwise;
        String word = words[next++];
        return number(word.substring(1), word, least, "a number of at least " + least + " behind '" + letter + "'");
    }

    /** {@code 256} features, or images {@code CxHxW}. */
    Shape features() {
        String expected = "a number of features, or images as channels x height x width such as 128x4x4";
        String word = word(expected);
        String[] extents = word.split("x", -1);
        if (extents.length == 1) return Shape.of(number(word, word, 1, expected), 1, 1);
        if (extents.length != 3) throw wrong(expected, "'" + word + "'");
        int[] numbers = new int[3];
        for (int i = 0; i < numbers.length; i++) numbers[i] = number(extents[i], word, 1, expected);
        return Shape.of(numbers);
    }

    /** A number of at least 0 and below 1. */
    double rate() {
        String expected = "a rate of at least 0 and below 1";
        String word = word(expected);
        try {
            double rate = Double.parseDouble(word);
            if (rate >= 0 && rate < 1) return rate;
        } catch (NumberFormatException e) {
            // told below
        }
        throw wrong(expected, "'" + word + "'");
    }

    private int number(String digits, String word, int least, String expected) {
        try {
            int value = Integer.parseInt(digits);
            if (value >= least) return value;
        } catch (NumberFormatException e) {
            // told below
        }
        throw wrong(expected, "'" + word + "'");
    }
}
