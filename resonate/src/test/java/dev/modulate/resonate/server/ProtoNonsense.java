package dev.modulate.resonate.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Messages that somebody got wrong, as the bytes of a gRPC request. The same seed makes the same ones. */
final class ProtoNonsense {
    private static final int FRAME_HEADER_BYTES = 5;
    private static final int DEPTH_MAX = 6;
    private static final List<String> TEXTS = List.of(
            "",
            "\0",
            "a\0b",
            "p.",
            "../../etc",
            "poll://",
            "poll://any@",
            "http://\r\nx",
            "\uD83D\uDE00",
            "{{.timestamp}}",
            "* * * * *",
            "nonsense");
    private static final List<Long> NUMBERS =
            List.of(0L, -1L, 1L, Long.MAX_VALUE, Long.MIN_VALUE, Integer.MAX_VALUE + 1L, 5_000L);

    private final Random random;

    ProtoNonsense(long seed) {
        this.random = new Random(seed);
    }

    /** A request with its frame, and some of both broken. */
    byte[] frame(Descriptor type) {
        byte[] message = message(type, 0).toByteArray();
        switch (random.nextInt(10)) {
            case 0 -> message = damaged(message);
            case 1 -> message = Arrays.copyOf(message, random.nextInt(message.length + 1));
            // What is sent twice is merged, so that both of a oneof are there.
            case 2 -> message = joined(message, message(type, 0).toByteArray());
            case 3 -> message = joined(message, deep());
            default -> {}
        }
        var frame = ByteBuffer.allocate(FRAME_HEADER_BYTES + message.length);
        boolean compressed = random.nextInt(40) == 0;
        int length = random.nextInt(40) == 0 ? random.nextInt() : message.length;
        frame.put((byte) (compressed ? 1 : 0)).putInt(length).put(message);
        byte[] bytes = frame.array();
        return random.nextInt(40) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    /** Whether the frame is right, and only the message may be broken. */
    static boolean whole(byte[] frame) {
        return frame.length >= FRAME_HEADER_BYTES
                && frame[0] == 0
                && ByteBuffer.wrap(frame).getInt(1) == frame.length - FRAME_HEADER_BYTES;
    }

    private Message message(Descriptor type, int depth) {
        var message = DynamicMessage.newBuilder(type);
        for (var field : type.getFields()) {
            if (random.nextInt(12) == 0 || depth > DEPTH_MAX) {
                continue;
            }
            if (!field.isRepeated()) {
                message.setField(field, value(field, depth));
                continue;
            }
            for (int i = random.nextInt(3); i > 0; i--) {
                message.addRepeatedField(field, value(field, depth));
            }
        }
        if (random.nextInt(20) == 0) {
            message.setUnknownFields(UnknownFieldSet.newBuilder()
                    .addField(
                            random.nextInt(1, 2_000),
                            UnknownFieldSet.Field.newBuilder()
                                    .addVarint(random.nextLong())
                                    .build())
                    .build());
        }
        return message.build();
    }

    private Object value(FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case MESSAGE -> message(field.getMessageType(), depth + 1);
            case STRING -> text(field.getName());
            case LONG -> field.getName().equals("timeout_at") ? Long.MAX_VALUE / 2 : pick(NUMBERS);
            case INT -> pick(NUMBERS).intValue();
            case BOOLEAN -> random.nextBoolean();
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(-2, 9));
            case BYTE_STRING -> ByteString.copyFromUtf8("bytes");
            case FLOAT, DOUBLE -> throw new IllegalArgumentException("no field of the protocol: " + field);
        };
    }

    /** What the field expects, as a rule, so that some requests are served. */
    private String text(String field) {
        if (random.nextInt(14) == 0) {
            return random.nextInt(8) == 0 ? "x".repeat(random.nextInt(200_000)) : pick(TEXTS);
        }
        return switch (field) {
            case "version" -> "2026-04-01";
            case "address" -> "poll://uni@g/me";
            case "cron" -> "0 2 * * *";
            case "promise_id" -> "s-{{.timestamp}}";
            case "key" -> pick(List.of("resonate:target", "resonate:timer", "resonate:origin", "a"));
            case "value" -> pick(List.of("poll://any@g", "true", "p"));
            case "auth" -> "token";
            default -> pick(List.of("p", "q", "p.1", "me"));
        };
    }

    /** Groups within groups, of a field that nobody knows. */
    private static byte[] deep() {
        byte[] groups = new byte[10_000];
        Arrays.fill(groups, (byte) (15 << 3 | 3));
        return groups;
    }

    private byte[] damaged(byte[] bytes) {
        byte[] damaged = bytes.clone();
        for (int i = random.nextInt(3); i >= 0 && damaged.length > 0; i--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }

    private static byte[] joined(byte[] one, byte[] two) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(one);
        out.writeBytes(two);
        return out.toByteArray();
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
