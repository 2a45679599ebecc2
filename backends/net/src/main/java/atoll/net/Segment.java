package atoll.net;

import atoll.device.spi.NetFrame;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The switch of one network: which frame goes to which guest. Frames of one network never reach
 * another.
 */
final class Segment {
  /** Addresses that are remembered. */
  private static final int MOST_ADDRESSES = 1_024;

  /** Frames to all that a port may send a second; more are dropped. */
  private static final long STORM = 2_000;

  private static final int SOURCE = 6;

  private final NetworkLoop loop;
  private final boolean macFilter;
  private final List<Place> places = new ArrayList<>();
  private final List<NetworkPort> ports = new ArrayList<>();
  private final Map<Long, NetworkPort> learned = new LinkedHashMap<>(16, 0.75f, true);
  private Optional<Uplink> uplink = Optional.empty();

  private record Place(NetworkPort port, TokenBucket storm) {}

  /**
   * @param macFilter whether a port only sends with its interface's own address
   */
  Segment(NetworkLoop loop, boolean macFilter) {
    this.loop = loop;
    this.macFilter = macFilter;
  }

  void connect(Uplink outside) {
    uplink = Optional.of(outside);
  }

  void add(NetworkPort port) {
    places.add(new Place(port, new TokenBucket(STORM, STORM)));
    ports.add(port);
  }

  /** In their order. */
  List<NetworkPort> ports() {
    return Collections.unmodifiableList(ports);
  }

  /** Takes a guest's frame to where it goes. */
  void forward(NetFrame frame, int from) {
    Place place = places.get(from);
    long source = frame.bytes().getLong(SOURCE) >>> Short.SIZE;
    if (MacAddress.isGroup(source) || macFilter && source != place.port.mac()) {
      place.port.refuse();
      return;
    }
    if (!macFilter) {
      learn(source, place.port);
    }
    long target = frame.bytes().getLong(0) >>> Short.SIZE;
    NetworkPort known = MacAddress.isGroup(target) ? null : portOf(target);
    if (known != null) {
      if (known != place.port) {
        known.send(frame);
      }
    } else if (uplink.isPresent() && target == uplink.get().mac()) {
      uplink.get().input(frame, place.port);
    } else if (place.storm.take(1, loop.now())) {
      toAll(frame, place.port, target);
    } else {
      place.port.refuse();
    }
  }

  private void toAll(NetFrame frame, NetworkPort from, long target) {
    for (NetworkPort port : ports) {
      if (port != from) {
        port.send(frame);
      }
    }
    if (MacAddress.isGroup(target)) {
      uplink.ifPresent(outside -> outside.input(frame, from));
    }
  }

  private void learn(long source, NetworkPort port) {
    if (uplink.isPresent() && source == uplink.get().mac()) {
      return; // Nobody takes the gateway's place.
    }
    NetworkPort before = learned.put(source, port);
    if (before == null && learned.size() > MOST_ADDRESSES) {
      long oldest = learned.keySet().iterator().next();
      NetworkPort ignored = learned.remove(oldest);
    }
  }

  private NetworkPort portOf(long target) {
    NetworkPort known = macFilter ? null : learned.get(target);
    if (known == null) {
      for (int n = 0; n < ports.size(); n++) {
        if (ports.get(n).mac() == target) {
          return ports.get(n);
        }
      }
    }
    return known;
  }

  /** Another interface is in a port, or none. */
  void plugged(NetworkPort port) {
    learned.values().removeIf(learnedAt -> learnedAt == port);
    uplink.ifPresent(outside -> outside.plugged(port));
  }
}
