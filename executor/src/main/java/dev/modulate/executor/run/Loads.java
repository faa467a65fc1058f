package dev.modulate.executor.run;

import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.LoadOrder;
import dev.modulate.executor.instance.InstancePool;
import dev.modulate.executor.instance.LoadRequest;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Instances that a router asked for and no call waits for, while they start. Owned by the lane. */
public final class Loads {
    private static final String LOADS = "modulate.executor.loads";
    private static final String RESIDENT = "resident";
    private static final String FAILED = "failed";
    private static final String REFUSED = "refused";

    private final InstancePool pool;
    private final Map<String, Counter> outcomes;
    private final Map<String, LoadOrder> underWay = new LinkedHashMap<>();
    private Listener listener = (loadId, update) -> {};

    /** Told on the lane. */
    public interface Listener {
        void update(String loadId, LoadUpdate update);
    }

    /** @param poolName {@code cpu} or {@code gpu} */
    public Loads(InstancePool pool, String poolName, MeterRegistry meters) {
        this.pool = pool;
        this.outcomes = Stream.of(RESIDENT, FAILED, REFUSED)
                .collect(Collectors.toUnmodifiableMap(
                        outcome -> outcome,
                        outcome -> Counter.builder(LOADS)
                                .description("Instances started without a call, by what became of them")
                                .tags("pool", poolName, "outcome", outcome)
                                .register(meters)));
    }

    public void listener(Listener listener) {
        this.listener = listener;
    }

    /** The same load again changes nothing. */
    void take(LoadOrder order, Admission.Node node) {
        if (underWay.containsKey(order.id())) {
            return;
        }
        var refusal = Admission.refusal(order, node);
        if (refusal.isPresent()) {
            ended(order, new LoadUpdate.Refused(refusal.get()), REFUSED);
            return;
        }
        underWay.put(order.id(), order);
        listener.update(order.id(), new LoadUpdate.Loading());
        pool.load(order.program(), order.devices(), new Waiter(order));
    }

    /** What a new router has to count. */
    public List<LoadOrder> underWay() {
        return List.copyOf(underWay.values());
    }

    /** What is set aside for what starts, by device id. */
    Map<String, DeviceUse> uses() {
        var uses = new HashMap<String, DeviceUse>();
        for (var order : underWay.values()) {
            for (var part : order.devices()) {
                uses.merge(part.deviceId(), DeviceUse.of(order.program(), part), DeviceUse::and);
            }
        }
        return uses;
    }

    private void ended(LoadOrder order, LoadUpdate update, String outcome) {
        underWay.remove(order.id());
        Objects.requireNonNull(outcomes.get(outcome)).increment();
        listener.update(order.id(), update);
    }

    private final class Waiter implements LoadRequest.Waiter {
        private final LoadOrder order;

        Waiter(LoadOrder order) {
            this.order = order;
        }

        @Override
        public void resident(Duration took) {
            ended(order, new LoadUpdate.Resident(took), RESIDENT);
        }

        @Override
        public void failed(Failure failure) {
            ended(order, new LoadUpdate.Failed(failure), FAILED);
        }

        @Override
        public void refused(String reason) {
            ended(order, new LoadUpdate.Refused(reason), REFUSED);
        }
    }
}
