package dev.modulate.executor.gpu;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** What this package logs at INFO and above, one text for each line: level, message, {@code key="value"}. */
final class LogLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger(LogLines.class.getPackageName());
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    private LogLines() {}

    static LogLines open() {
        var lines = new LogLines();
        lines.start();
        lines.logger.addAppender(lines);
        return lines;
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
            var pairs = event.getKeyValuePairs();
            lines.add(event.getLevel() + " " + event.getFormattedMessage() + (pairs == null ? "" : " " + pairs));
        }
    }

    @Override
    public void close() {
        logger.detachAppender(this);
    }
}
