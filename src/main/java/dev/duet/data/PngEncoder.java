package dev.duet.data;

import dev.duet.DuetException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Encodes grey and RGB images of 8 bits. */
final class PngEncoder {
    private static final int FILTERS = 5;

    private PngEncoder() {}

    static byte[] encode(Png.Image image) {
        if (image.channels() != 1 && image.channels() != 3) {
            throw new DuetException("PNG: expected 1 or 3 channels to write, got " + image.channels());
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(8).putLong(PngHeader.SIGNATURE).array());
        int colour = image.channels() == 1 ? PngHeader.GREY : PngHeader.RGB;
        ByteBuffer header = ByteBuffer.allocate(13).putInt(image.width()).putInt(image.height());
        chunk(out, "IHDR", header.put((byte) 8).put((byte) colour).array());
        chunk(out, "IDAT", deflate(filtered(image)));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    static void chunk(ByteArrayOutputStream out, String type, byte[] body) {
        ByteBuffer chunk = ByteBuffer.allocate(body.length + 12).putInt(body.length);
        chunk.put(type.getBytes(StandardCharsets.US_ASCII)).put(body);
        CRC32 crc = new CRC32();
        crc.update(chunk.array(), 4, body.length + 4);
        out.writeBytes(chunk.putInt((int) crc.getValue()).array());
    }

    /** All rows, each with the filter whose bytes, taken as signed, have the least absolute sum (the usual heuristic). */
    private static byte[] filtered(Png.Image image) {
        int row = image.width() * image.channels();
        byte[] out = new byte[(row + 1) * image.height()];
        byte[] candidate = new byte[row + 1];
        for (int y = 0; y < image.height(); y++) {
            long least = Long.MAX_VALUE;
            for (int filter = 0; filter < FILTERS; filter++) {
                long cost = filter(image, y, filter, candidate);
                if (cost < least) {
                    least = cost;
                    System.arraycopy(candidate, 0, out, y * (row + 1), row + 1);
                }
            }
        }
        return out;
    }

    private static long filter(Png.Image image, int y, int filter, byte[] out) {
        byte[] pixels = image.pixels();
        int stride = image.channels();
        int row = out.length - 1;
        int start = y * row;
        long cost = 0;
        out[0] = (byte) filter;
        for (int i = 0; i < row; i++) {
            int left = i < stride ? 0 : pixels[start + i - stride] & 255;
            int up = y == 0 ? 0 : pixels[start + i - row] & 255;
            int upLeft = i < stride || y == 0 ? 0 : pixels[start + i - row - stride] & 255;
            out[i + 1] = (byte) (pixels[start + i] - PngDecoder.predict(filter, left, up, upLeft));
            cost += Math.abs(out[i + 1]);
        }
        return cost;
    }

    private static byte[] deflate(byte[] raw) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try {
            deflater.setInput(raw);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 13];
            while (!deflater.finished()) out.write(buffer, 0, deflater.deflate(buffer));
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }
}
