package dev.modulate.cli.web;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One call over one HTTP/1.1 exchange. The request goes out as it is sent; the answer is read after the last message. */
final class WebCall<Q, R> extends ClientCall<Q, R> {
    private static final int CONNECT_MILLIS_MAX = 5_000;
    private static final int CHUNK_BYTES = 64 * 1024;
    /** The server ends a call at its deadline; the client's own patience is a little longer. */
    private static final int DEADLINE_SLACK_MILLIS = 2_000;

    private final URI endpoint;
    private final MethodDescriptor<Q, R> method;
    private final CallOptions options;
    private final Semaphore demand = new Semaphore(0);
    private @Nullable Listener<R> listener;
    private @Nullable HttpURLConnection connection;
    private @Nullable DataOutputStream body;
    private @Nullable Status failure;

    WebCall(URI endpoint, MethodDescriptor<Q, R> method, CallOptions options) {
        this.endpoint = endpoint;
        this.method = method;
        this.options = options;
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
        this.listener = listener;
        try {
            var url = endpoint.resolve("/" + method.getFullMethodName()).toURL();
            var opened = (HttpURLConnection) url.openConnection();
            opened.setRequestMethod("POST");
            opened.setDoOutput(true);
            opened.setConnectTimeout(CONNECT_MILLIS_MAX);
            opened.setRequestProperty("content-type", "application/grpc-web+proto");
            opened.setRequestProperty("accept", "application/grpc-web+proto");
            var deadline = options.getDeadline();
            if (deadline != null) {
                long left = Math.max(1, deadline.timeRemaining(TimeUnit.MILLISECONDS));
                opened.setRequestProperty("grpc-timeout", left + "m");
                opened.setReadTimeout((int) Math.min(left + DEADLINE_SLACK_MILLIS, Integer.MAX_VALUE));
            }
            if (method.getType() == MethodType.CLIENT_STREAMING) {
                opened.setChunkedStreamingMode(CHUNK_BYTES);
            }
            connection = opened;
        } catch (IOException | IllegalArgumentException e) {
            failure = unavailable(e);
        }
    }

    @Override
    public void request(int messages) {
        demand.release(messages);
    }

    @Override
    public void sendMessage(Q message) {
        if (failure != null || connection == null) {
            return;
        }
        try (InputStream stream = method.streamRequest(message)) {
            if (body == null) {
                body = new DataOutputStream(connection.getOutputStream());
            }
            byte[] bytes = stream.readAllBytes();
            body.writeByte(0);
            body.writeInt(bytes.length);
            body.write(bytes);
        } catch (IOException e) {
            failure = unavailable(e);
        }
    }

    @Override
    public void halfClose() {
        if (method.getType().serverSendsOneMessage()) {
            receive();
        } else {
            // The stub's reader waits on this thread, so the answer must come on another.
            Thread.ofVirtual().name("answer").start(this::receive);
        }
    }

    private void receive() {
        var trailers = new Metadata();
        Status status;
        try {
            status = failure != null ? failure : exchange(trailers);
        } catch (java.net.SocketTimeoutException e) {
            status = Status.DEADLINE_EXCEEDED
                    .withDescription("no answer in time")
                    .withCause(e);
        } catch (IOException e) {
            status = unavailable(e);
        }
        if (listener != null) {
            listener.onClose(atDeadline(status), trailers);
        }
    }

    /** A server that gives up at the caller's deadline calls it a cancellation. */
    private Status atDeadline(Status status) {
        var deadline = options.getDeadline();
        return status.getCode() == Status.Code.CANCELLED && deadline != null && deadline.isExpired()
                ? Status.DEADLINE_EXCEEDED.withDescription("no answer in time")
                : status;
    }

    private Status exchange(Metadata trailers) throws IOException {
        if (connection == null || listener == null) {
            throw new IllegalStateException("not started");
        }
        if (body != null) {
            body.close();
        }
        int code = connection.getResponseCode();
        if (code != HttpURLConnection.HTTP_OK) {
            return Status.UNAVAILABLE.withDescription(endpoint + " answered HTTP " + code);
        }
        String early = connection.getHeaderField("grpc-status");
        if (early != null) {
            WebTrailers.add(trailers, connection.getHeaderFields());
            return WebTrailers.status(early, connection.getHeaderField("grpc-message"));
        }
        listener.onHeaders(new Metadata());
        try (var frames = new WebFrames(connection.getInputStream())) {
            for (var frame = frames.next(); frame != null; frame = frames.next()) {
                if (frame.trailers()) {
                    return WebTrailers.read(frame.bytes().array(), trailers);
                }
                demand.acquireUninterruptibly();
                listener.onMessage(method.parseResponse(
                        new ByteArrayInputStream(frame.bytes().array())));
            }
        }
        return Status.UNAVAILABLE.withDescription("the answer ended early");
    }

    private Status unavailable(Exception cause) {
        return Status.UNAVAILABLE
                .withDescription("no platform answers at " + endpoint + ": " + cause.getMessage())
                .withCause(cause);
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
        failure = Status.CANCELLED.withDescription(message).withCause(cause);
        if (connection != null) {
            connection.disconnect();
        }
    }
}
