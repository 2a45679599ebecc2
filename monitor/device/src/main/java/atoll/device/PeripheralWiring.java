package atoll.device;

import atoll.host.PlatformClock;
import atoll.host.Tasks;
import atoll.host.Timers;
import atoll.memory.GuestMemory;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * What a device of a user's own is connected to.
 *
 * @param vm the machine's name
 * @param timers of {@code clock}
 * @param watch timers of {@code clock} too, on which nothing of the user's is done
 * @param thread the device's own, for calls whose caller must come back
 * @param lines into an interrupt controller, one for each of its interrupts
 * @param payers who is charged with what it does on a timer's thread, in nanoseconds
 * @param failed told in one sentence what its code has thrown, with that: the machine's end
 * @param noticed told what a person should know
 */
public record PeripheralWiring(
    String vm,
    PlatformClock clock,
    Timers timers,
    Timers watch,
    Tasks.Sequence thread,
    List<InterruptLine> lines,
    GuestMemory memory,
    Supplier<LongConsumer> payers,
    BiConsumer<String, Throwable> failed,
    Consumer<String> noticed) {
  public PeripheralWiring {
    lines = List.copyOf(lines);
  }
}
