package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A shared library as a file (ELF64, x86-64): what it needs and gives, read before the system's loader maps it, because what
 * that loader finds amiss later ends the process. Field offsets are those of the System V ABI's chapters "Object Files" and
 * "Program Loading and Dynamic Linking", and of the GNU extension for symbol versions.
 */
final class Elf {
    private static final int X86_64 = 62;
    private static final int LOAD = 1;
    private static final int DYNAMIC = 2;
    private static final int DYNAMIC_SYMBOLS = 11;
    private static final long NEEDED = 1;
    private static final long STRING_TABLE = 5;
    private static final long VERSION_NEEDS = 0x6ffffffeL;
    private static final long VERSION_NEEDS_COUNT = 0x6fffffffL;
    private static final int SYMBOL_BYTES = 24;

    private final String name;
    private final ByteBuffer bytes;

    /** Entries of the program header with type {@link #LOAD}. */
    private final List<Segment> segments = new ArrayList<>();

    /** Tag and value of each entry of the dynamic section. */
    private final List<long[]> dynamic = new ArrayList<>();

    private record Segment(long address, int offset, long bytes) {}

    /** A version that the library needs of another: where its entry and its name stand. */
    private record VersionNeed(int entry, int name) {}

    /**
     * @param name for messages
     * @param file the whole file; written to by {@link #retarget} alone
     * @throws DuetException if it is no whole shared library for this platform
     */
    Elf(String name, ByteBuffer file) {
        this.name = name;
        bytes = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            readHeaders();
        } catch (IndexOutOfBoundsException e) {
            throw damaged("cut off at " + bytes.limit() + " bytes", e);
        }
    }

    /** Maps a file. */
    static Elf of(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = Math.min(channel.size(), Integer.MAX_VALUE);
            return new Elf(file.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, size));
        } catch (IOException e) {
            throw new DuetException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /** @throws DuetException if it is no whole shared library for this platform */
    static void requireWhole(Path file) {
        of(file);
    }

    private void readHeaders() {
        if (bytes.limit() < 64 || bytes.getInt(0) != 0x464c457f || bytes.get(4) != 2 || bytes.get(5) != 1)
            throw damaged("not one in ELF64 format", null);
        if (bytes.getShort(18) != X86_64) throw damaged("made for another processor", null);
        requireInside(bytes.getLong(40) + (long) sectionCount() * bytes.getShort(58));
        int entryBytes = bytes.getShort(54);
        int count = bytes.getShort(56);
        for (int i = 0; i < count; i++) readSegment(at(bytes.getLong(32)) + i * entryBytes);
        if (dynamic.isEmpty()) throw damaged("without a dynamic section", null);
    }

    private void readSegment(int header) {
        long offset = bytes.getLong(header + 8);
        long size = bytes.getLong(header + 32);
        requireInside(offset + size);
        switch (bytes.getInt(header)) {
            case LOAD -> segments.add(new Segment(bytes.getLong(header + 16), at(offset), size));
            case DYNAMIC -> readDynamic(at(offset), at(size));
            default -> {}
        }
    }

    private void readDynamic(int from, int size) {
        for (int entry = from; entry < from + size && bytes.getLong(entry) != 0; entry += 16)
            dynamic.add(new long[] {bytes.getLong(entry), bytes.getLong(entry + 8)});
    }

    /** A segment beyond the end of its file would be mapped all the same, and end the process by SIGBUS when touched. */
    private void requireInside(long end) {
        if (end > bytes.limit() && bytes.limit() < Integer.MAX_VALUE)
            throw damaged("cut off at " + bytes.limit() + " of at least " + end + " bytes", null);
    }

    private DuetException damaged(String how, Throwable cause) {
        return new DuetException(name + ": expected a shared library for x86-64, got a file that is " + how, cause);
    }

    /** Names of the libraries that it needs. */
    List<String> needed() {
        return neededNames().stream().map(this::string).toList();
    }

    /** The versions that it needs of other libraries, e.g. {@code libcublas.so.12}. */
    Set<String> versions() {
        Set<String> versions = new HashSet<>();
        for (VersionNeed need : versionNeeds()) versions.add(string(need.name));
        return versions;
    }

    /**
     * Names of the functions and objects that it gives to others, or else that it takes from others; empty if it does not
     * list them.
     *
     * <p>From the section table, which NVIDIA's and g++'s libraries have.
     */
    Set<String> symbols(boolean given) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < sectionCount(); i++) {
            int section = section(i);
            if (bytes.getInt(section + 4) != DYNAMIC_SYMBOLS) continue;
            int strings = at(bytes.getLong(section(bytes.getInt(section + 40)) + 24));
            int from = at(bytes.getLong(section + 24));
            int end = from + at(bytes.getLong(section + 32));
            for (int symbol = from; symbol < end; symbol += SYMBOL_BYTES)
                if ((bytes.getShort(symbol + 6) != 0) == given) names.add(text(strings + bytes.getInt(symbol)));
        }
        return names;
    }

    private int sectionCount() {
        return bytes.getShort(60);
    }

    private int section(int index) {
        return at(bytes.getLong(40)) + index * bytes.getShort(58);
    }

    /**
     * Makes the library need others of the same interface: each name of {@code names} becomes its value, as a needed library
     * and as the version of each function taken from it. Both names are equally long, so nothing moves.
     *
     * @throws IllegalArgumentException if the names' lengths differ
     * @throws DuetException if another string ends in an old name and so shares its letters
     */
    void retarget(Map<String, String> names) {
        List<Integer> places = new ArrayList<>(neededNames());
        List<VersionNeed> needs = versionNeeds();
        for (int file : versionFiles()) places.add(file);
        for (VersionNeed need : needs) {
            String target = names.get(string(need.name));
            if (target != null) bytes.putInt(need.entry, versionHash(target));
            places.add(need.name);
        }
        for (int place : new HashSet<>(places)) {
            String target = names.get(string(place));
            if (target != null) overwrite(place, target);
        }
    }

    private void overwrite(int place, String target) {
        if (string(place).length() != target.length())
            throw new IllegalArgumentException(string(place) + " and " + target + " differ in length");
        int from = strings() + place;
        if (place > 0 && bytes.get(from - 1) != 0)
            throw new DuetException(name + ": '" + string(place) + "' is the tail of another string; cannot change it");
        bytes.put(from, target.getBytes(StandardCharsets.US_ASCII));
    }

    private List<Integer> neededNames() {
        return dynamic.stream()
                .filter(entry -> entry[0] == NEEDED)
                .map(entry -> (int) entry[1])
                .toList();
    }

    private List<VersionNeed> versionNeeds() {
        List<VersionNeed> needs = new ArrayList<>();
        for (int header : versionHeaders()) {
            int entry = header + bytes.getInt(header + 8);
            for (int i = 0; i < bytes.getShort(header + 2); i++) {
                needs.add(new VersionNeed(entry, bytes.getInt(entry + 8)));
                entry += bytes.getInt(entry + 12);
            }
        }
        return needs;
    }

    /** The names of the libraries of which versions are needed. */
    private List<Integer> versionFiles() {
        return versionHeaders().stream().map(header -> bytes.getInt(header + 4)).toList();
    }

    private List<Integer> versionHeaders() {
        List<Integer> headers = new ArrayList<>();
        int header = offset(dynamic(VERSION_NEEDS));
        for (int i = 0; i < dynamic(VERSION_NEEDS_COUNT); i++) {
            headers.add(header);
            header += bytes.getInt(header + 12);
        }
        return headers;
    }

    /** The hash of the System V ABI, by which the loader compares versions. */
    static int versionHash(String version) {
        int hash = 0;
        for (byte letter : version.getBytes(StandardCharsets.US_ASCII)) {
            hash = (hash << 4) + letter;
            int high = hash & 0xf0000000;
            hash = (hash ^ (high >>> 24)) & ~high;
        }
        return hash;
    }

    private long dynamic(long tag) {
        return dynamic.stream()
                .filter(entry -> entry[0] == tag)
                .mapToLong(entry -> entry[1])
                .findFirst()
                .orElse(0);
    }

    private int strings() {
        return offset(dynamic(STRING_TABLE));
    }

    private String string(int place) {
        return text(strings() + place);
    }

    private String text(int from) {
        int end = from;
        while (bytes.get(end) != 0) end++;
        byte[] letters = new byte[end - from];
        bytes.get(from, letters);
        return new String(letters, StandardCharsets.UTF_8);
    }

    /** Where in the file an address of the loaded library lies; 0 if nowhere. */
    private int offset(long address) {
        for (Segment segment : segments) {
            if (address >= segment.address && address < segment.address + segment.bytes)
                return (int) (address - segment.address) + segment.offset;
        }
        return 0;
    }

    private static int at(long offset) {
        if (offset < 0 || offset > Integer.MAX_VALUE) throw new IndexOutOfBoundsException();
        return (int) offset;
    }
}
