package atoll.manager;

import atoll.kernel.Microkernel;
import atoll.kernel.SharedMemory;
import atoll.scenario.ChannelDescription;
import atoll.scenario.Scenario;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The channels of a scenario on a platform, with an end for each of the machines there. */
final class SystemChannels {
  private final List<ChannelPort> first = new ArrayList<>();
  private final Map<String, List<ChannelPort>> ports = new HashMap<>();

  /** Has an end for each machine, in their order. */
  @FunctionalInterface
  private interface Maker {
    List<ChannelPort> make(ChannelDescription channel, List<ChannelPort.End> ends);
  }

  private SystemChannels(Scenario scenario, Maker maker) {
    for (ChannelDescription channel : scenario.channels()) {
      List<ChannelDescription.Endpoint> described = channel.endpoints();
      List<ChannelPort> ends =
          maker.make(channel, described.stream().map(ChannelDescription.Endpoint::end).toList());
      first.add(ends.getFirst());
      for (int n = 0; n < ends.size(); n++) {
        ports.computeIfAbsent(described.get(n).vm(), name -> new ArrayList<>()).add(ends.get(n));
      }
    }
  }

  /** New ones. */
  static SystemChannels of(Scenario scenario, Microkernel platform) {
    return new SystemChannels(
        scenario,
        (channel, ends) -> ChannelPort.make(platform, channel.name(), channel.size(), ends));
  }

  /**
   * Those that go on.
   *
   * @param states in the scenario's order
   * @param memory by channel
   */
  static SystemChannels of(
      Scenario scenario,
      Microkernel platform,
      List<ChannelState> states,
      Map<String, SharedMemory> memory) {
    return new SystemChannels(
        scenario,
        (channel, ends) -> {
          ChannelState state =
              states.stream()
                  .filter(known -> known.name().equals(channel.name()))
                  .findFirst()
                  .orElseThrow(
                      () -> new IllegalArgumentException("there is no channel " + channel.name()));
          return ChannelPort.goOn(platform, state, memory.get(channel.name()), ends);
        });
  }

  /** The ends that a machine has, in the order of the scenario. */
  List<ChannelPort> of(String vm) {
    return ports.getOrDefault(vm, List.of());
  }

  /** The first end of each. */
  List<ChannelPort> first() {
    return List.copyOf(first);
  }
}
