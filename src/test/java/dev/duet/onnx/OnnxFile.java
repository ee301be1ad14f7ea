package dev.duet.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes the smallest of classifiers in ONNX format: y = flatten(x)·W. The numbers are field numbers of the messages in
 * {@code onnx.proto} (ONNX 1.x, opset 13), encoded as protocol buffers are.
 */
public final class OnnxFile {
    private static final int FLOAT = 1; // TensorProto.DataType
    private static final int INT64 = 7;
    private static final long ATTRIBUTE_INT = 2; // AttributeProto.AttributeType

    private OnnxFile() {}

    /**
     * A file with one input {@code x} and one output {@code y}.
     *
     * @param x extents of the input; 0 for a free one
     * @param weights (columns, K), row-major, where columns is the product of all extents of x but the first
     */
    public static byte[] linear(long[] x, float[] weights, int classes) {
        Message node = new Message()
                .text(1, "x")
                .text(2, "flat")
                .text(4, "Flatten")
                .message(5, new Message().text(1, "axis").number(3, 1).number(20, ATTRIBUTE_INT));
        Message product =
                new Message().text(1, "flat").text(1, "w").text(2, "y").text(4, "MatMul");
        Message graph = new Message()
                .message(1, node)
                .message(1, product)
                .text(2, "linear")
                .message(5, tensor("w", weights, weights.length / classes, classes))
                .message(11, value("x", FLOAT, x))
                .message(12, value("y", FLOAT, x[0], classes));
        return model(graph);
    }

    /** A file whose input is int64, which it passes on. */
    public static byte[] ofIntegers(long... x) {
        return model(new Message()
                .message(1, new Message().text(1, "x").text(2, "y").text(4, "Identity"))
                .text(2, "integers")
                .message(11, value("x", INT64, x))
                .message(12, value("y", INT64, x)));
    }

    private static byte[] model(Message graph) {
        Message opset = new Message().text(1, "").number(2, 13);
        return new Message().number(1, 8).message(7, graph).message(8, opset).bytes();
    }

    private static Message tensor(String name, float[] values, long... dims) {
        ByteBuffer raw = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        Message out = new Message();
        for (long dim : dims) out.number(1, dim);
        return out.number(2, FLOAT).text(8, name).bytes(9, raw.array());
    }

    private static Message value(String name, int type, long... extents) {
        Message shape = new Message();
        for (long extent : extents)
            shape.message(1, extent == 0 ? new Message().text(2, "n") : new Message().number(1, extent));
        Message tensor = new Message().number(1, type).message(2, shape);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }

    /** A protocol-buffer message in the making: fields in the order of the calls. */
    private static final class Message {
        private static final int VARINT = 0;
        private static final int LENGTH_DELIMITED = 2;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
            return this;
        }

        Message bytes(int field, byte[] value) {
            varint((long) field << 3 | LENGTH_DELIMITED);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.bytes());
        }

        byte[] bytes() {
            return out.toByteArray();
        }

        private void varint(long value) {
            while ((value & ~0x7FL) != 0) {
                out.write((int) ((value & 0x7F) | 0x80));
                value >>>= 7;
            }
            out.write((int) value);
        }
    }
}
