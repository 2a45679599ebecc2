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
import java.util.stream.Stream;

/** The channels of a scenario on a platform, with an end for each of the machines there. */
final class SystemChannels {
  private final List<ChannelPort> first = new ArrayList<>();
  private final Map<String, List<ChannelPort>> ports = new HashMap<>();

  /** Ends by which machines are served. */
  private final Map<String, List<ChannelPort>> served = new HashMap<>();

  /** Has an end for two machines, the first one's first. */
  @FunctionalInterface
  private interface Maker {
    List<ChannelPort> pair(ChannelDescription channel, boolean first, boolean second);
  }

  private SystemChannels(Scenario scenario, Maker maker) {
    for (ChannelDescription channel : scenario.channels()) {
      ChannelDescription.Endpoint one = channel.endpoints().get(0);
      ChannelDescription.Endpoint other = channel.endpoints().get(1);
      List<ChannelPort> ends = maker.pair(channel, one.writable(), other.writable());
      first.add(ends.get(0));
      ports.computeIfAbsent(one.vm(), name -> new ArrayList<>()).add(ends.get(0));
      if (channel.service().isPresent()) {
        ChannelPort client = ends.get(1).served(channel.service().get());
        served.computeIfAbsent(other.vm(), name -> new ArrayList<>()).add(client);
      } else {
        ports.computeIfAbsent(other.vm(), name -> new ArrayList<>()).add(ends.get(1));
      }
    }
  }

  /** New ones. */
  static SystemChannels of(Scenario scenario, Microkernel platform) {
    return new SystemChannels(
        scenario,
        (channel, one, other) ->
            ChannelPort.pair(platform, channel.name(), channel.size(), one, other));
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
        (channel, one, other) -> {
          ChannelState state =
              states.stream()
                  .filter(known -> known.name().equals(channel.name()))
                  .findFirst()
                  .orElseThrow(
                      () -> new IllegalArgumentException("there is no channel " + channel.name()));
          return ChannelPort.pair(platform, state, memory.get(channel.name()), one, other);
        });
  }

  /** The ends that a machine has, as {@link Scenario#channelsOf} has them. */
  List<ChannelPort> of(String vm) {
    return Stream.of(ports, served)
        .flatMap(ends -> ends.getOrDefault(vm, List.of()).stream())
        .toList();
  }

  /** The first end of each. */
  List<ChannelPort> first() {
    return List.copyOf(first);
  }
}
