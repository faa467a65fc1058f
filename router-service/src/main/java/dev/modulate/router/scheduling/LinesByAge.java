package dev.modulate.router.scheduling;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Lines by their oldest call, in the order of {@link Waiting#BY_ARRIVAL}. In a few arrays and not in a tree: a line changes its place
 * with each call that starts, and each step down a tree, or to a line and its call, is memory that is not in the cache.
 */
final class LinesByAge implements Iterable<Line> {
    private static final int BLOCK_MAX = 128;

    private final LineTable table;
    private final List<Block> blocks = new ArrayList<>();
    private int size;

    /** Lines next to each other, as many as are moved at a time. */
    private static final class Block {
        private final long[] arrivedAt = new long[BLOCK_MAX];
        private final long[] sequences = new long[BLOCK_MAX];
        private final int[] rows = new int[BLOCK_MAX];
        private int size;

        private boolean isBefore(int at, Waiting key) {
            return arrivedAt[at] != key.arrivedAt ? arrivedAt[at] < key.arrivedAt : sequences[at] < key.sequence;
        }

        private boolean isAt(int at, Waiting key) {
            return at < size && arrivedAt[at] == key.arrivedAt && sequences[at] == key.sequence;
        }

        /** The first that is not before it. */
        private int place(Waiting key) {
            int low = 0;
            int high = size;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (isBefore(middle, key)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        private void insert(int at, Waiting key, Line line) {
            copy(at, this, at + 1, size - at);
            arrivedAt[at] = key.arrivedAt;
            sequences[at] = key.sequence;
            rows[at] = line.row;
            size++;
        }

        private void remove(int at) {
            size--;
            copy(at + 1, this, at, size - at);
        }

        /** Its second half, which it has no more. */
        private Block split() {
            var second = new Block();
            int kept = size / 2;
            second.size = size - kept;
            copy(kept, second, 0, second.size);
            size = kept;
            return second;
        }

        private void append(Block next) {
            next.copy(0, this, size, next.size);
            size += next.size;
        }

        private void copy(int from, Block other, int to, int count) {
            System.arraycopy(arrivedAt, from, other.arrivedAt, to, count);
            System.arraycopy(sequences, from, other.sequences, to, count);
            System.arraycopy(rows, from, other.rows, to, count);
        }
    }

    /** @param table of all lines that are added */
    LinesByAge(LineTable table) {
        this.table = table;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** The one with the oldest call; null when nobody waits. */
    @Nullable
    Line first() {
        return blocks.isEmpty() ? null : table.line(blocks.getFirst().rows[0]);
    }

    /** @param oldest its oldest call */
    void add(Waiting oldest, Line line) {
        if (blocks.isEmpty()) {
            blocks.add(new Block());
        }
        int number = blockOf(oldest);
        var block = blocks.get(number);
        if (block.size == BLOCK_MAX) {
            var second = block.split();
            blocks.add(number + 1, second);
            block = second.isBefore(0, oldest) ? second : block;
        }
        block.insert(block.place(oldest), oldest, line);
        size++;
    }

    /** @param oldest what it was when the line was added */
    void remove(Waiting oldest) {
        int number = blockOf(oldest);
        var block = blocks.get(number);
        int at = block.place(oldest);
        if (!block.isAt(at, oldest)) {
            throw new IllegalStateException("call " + oldest.call.id() + " is the oldest of no line");
        }
        block.remove(at);
        size--;
        if (block.size == 0) {
            blocks.remove(number);
        } else if (number + 1 < blocks.size() && block.size + blocks.get(number + 1).size <= BLOCK_MAX / 2) {
            block.append(blocks.remove(number + 1));
        }
    }

    /** The last that begins with it or before it, or else the first. */
    private int blockOf(Waiting key) {
        int low = 0;
        int high = blocks.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            var block = blocks.get(middle);
            if (block.isBefore(0, key) || block.isAt(0, key)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Oldest first. */
    @Override
    public Iterator<Line> iterator() {
        return olderThan(Double.NEGATIVE_INFINITY, 0);
    }

    /** Those whose oldest call has waited for longer, oldest first. */
    Walk olderThan(double seconds, long now) {
        return new Walk(0, 0, seconds, now);
    }

    /** Those whose oldest call came after this one, oldest first. */
    Iterator<Line> after(Waiting key) {
        int number = blockOf(key);
        int at = blocks.isEmpty() ? 0 : blocks.get(number).place(key);
        boolean here = !blocks.isEmpty() && blocks.get(number).isAt(at, key);
        return new Walk(number, here ? at + 1 : at, Double.NEGATIVE_INFINITY, 0);
    }

    /** Answers for the line that came last without a look at that line. */
    final class Walk implements Iterator<Line> {
        private final double olderThanSeconds;
        private final long now;
        private int number;
        private int at;

        private Walk(int number, int at, double olderThanSeconds, long now) {
            this.number = number;
            this.at = at;
            this.olderThanSeconds = olderThanSeconds;
            this.now = now;
        }

        @Override
        public boolean hasNext() {
            if (number < blocks.size() && at == blocks.get(number).size) {
                number++;
                at = 0;
            }
            return number < blocks.size() && (now - blocks.get(number).arrivedAt[at]) / 1e9 > olderThanSeconds;
        }

        @Override
        public Line next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return table.line(blocks.get(number).rows[at++]);
        }

        int row() {
            return blocks.get(number).rows[at - 1];
        }

        /** Of its oldest call. */
        double ageSeconds() {
            return (now - blocks.get(number).arrivedAt[at - 1]) / 1e9;
        }
    }
}
