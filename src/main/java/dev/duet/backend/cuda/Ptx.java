package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What PTX text says about its entries. */
final class Ptx {
    private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+([\\w$]+)\\s*\\(([^)]*)\\)");
    private static final Pattern PARAMETER =
            Pattern.compile("\\.param\\s+(?:\\.align\\s+\\d+\\s+)?\\.([a-z]+)(\\d+)\\b[^,\\[]*(?:\\[(\\d+)\\])?");

    private Ptx() {}

    /** The bytes of each parameter of each entry, in order. */
    static Map<String, List<Integer>> parameterBytes(String ptx) {
        Map<String, List<Integer>> entries = new LinkedHashMap<>();
        Matcher entry = ENTRY.matcher(ptx);
        while (entry.find()) entries.put(entry.group(1), bytes(entry.group(1), entry.group(2)));
        return entries;
    }

    private static List<Integer> bytes(String entry, String declarations) {
        List<Integer> bytes = new ArrayList<>();
        if (declarations.isBlank()) return bytes;
        for (String declaration : declarations.split(",")) {
            Matcher parameter = PARAMETER.matcher(declaration);
            if (!parameter.find()) {
                throw new DuetException("PTX entry " + entry + ": expected a parameter, got '" + declaration.strip()
                        + "'; build Duet again");
            }
            int count = parameter.group(3) == null ? 1 : Integer.parseInt(parameter.group(3));
            bytes.add(Integer.parseInt(parameter.group(2)) / 8 * count);
        }
        return bytes;
    }
}
