package dev.modulate.router.rule;

import dev.modulate.registry.v1.RuleDevice;
import dev.modulate.registry.v1.RuleNode;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.NodeProfile;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Predicate;

/**
 * What rules have answered about nodes: a profile does not change. All rules together remember so many answers, the oldest
 * go first: a rule that looks at the size of the input is another one for each size.
 *
 * <p>A private lock guards it; rules are asked by one thread at a time, so nobody waits for it.
 */
final class RuleAnswers {
    /** With two hundred bytes each they take 40 MB at most. */
    static final int ANSWERS_MAX = 200_000;

    private static final int NODES_MAX = 10_000;

    private final int answersMax;
    private final SequencedMap<Asked, Boolean> answers = new LinkedHashMap<>();
    private final IdentityHashMap<NodeProfile, Node> nodes = new IdentityHashMap<>();

    private long nodeNumber;

    /** A profile, which is the same only if it is the same object: to compare all of it takes longer than to ask again. */
    private record Node(long number, RuleNode written) {}

    private record Asked(CelRule rule, long nodeNumber) {}

    RuleAnswers(int answersMax) {
        this.answersMax = answersMax;
    }

    /** @param ask what it answers, when that is not known */
    boolean of(CelRule rule, NodeProfile node, Predicate<RuleNode> ask) {
        Node known;
        Asked asked;
        synchronized (answers) {
            known = known(node);
            asked = new Asked(rule, known.number);
            var answer = answers.get(asked);
            if (answer != null) {
                return answer;
            }
        }
        boolean answer = ask.test(known.written);
        synchronized (answers) {
            answers.put(asked, answer);
            if (answers.size() > answersMax) {
                answers.pollFirstEntry();
            }
        }
        return answer;
    }

    /** Answers that are remembered. */
    int size() {
        synchronized (answers) {
            return answers.size();
        }
    }

    private Node known(NodeProfile node) {
        if (nodes.size() >= NODES_MAX) {
            nodes.clear();
        }
        return nodes.computeIfAbsent(node, profile -> new Node(++nodeNumber, write(profile)));
    }

    private static RuleNode write(NodeProfile node) {
        return RuleNode.newBuilder()
                .setName(node.id().value())
                .setPool(node.pool())
                .putAllLabels(node.labels())
                .setCpuMillis(node.cpuMillis())
                .setMemoryBytes(node.memoryBytes())
                .setSlotCount(node.slotCount())
                .addAllDevices(node.devices().stream().map(RuleAnswers::write).toList())
                .build();
    }

    private static RuleDevice write(DeviceProfile device) {
        return RuleDevice.newBuilder()
                .setModel(device.model())
                .setMemoryBytes(device.memoryBytes())
                .build();
    }
}
