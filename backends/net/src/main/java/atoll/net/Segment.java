package atoll.net;

import atoll.device.spi.NetFrame;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The switch of one network: which frame goes to which guest. Frames of one network never reach
 * another.
 */
final class Segment {
  /** Frames to all that a place may send a second; more are dropped. */
  private static final long STORM = 2_000;

  private static final int SOURCE = 6;

  private final NetworkLoop loop;
  private final boolean macFilter;
  private final List<Place> places = new ArrayList<>();
  private final List<NetworkPort> ports = new ArrayList<>();
  private final Stations<Place> stations = new Stations<>();
  private final Place outside = new Place(null);
  private Optional<Uplink> uplink = Optional.empty();

  /** Where frames come from. */
  private static final class Place {
    /** Null for what is behind the uplink. */
    private final NetworkPort port;

    private final TokenBucket storm = new TokenBucket(STORM, STORM);

    Place(NetworkPort port) {
      this.port = port;
    }
  }

  /**
   * @param macFilter whether a port only sends with its interface's own address
   */
  Segment(NetworkLoop loop, boolean macFilter) {
    this.loop = loop;
    this.macFilter = macFilter;
  }

  void connect(Uplink outward) {
    uplink = Optional.of(outward);
  }

  Optional<Uplink> uplink() {
    return uplink;
  }

  void add(NetworkPort port) {
    places.add(new Place(port));
    ports.add(port);
  }

  /** In their order. */
  List<NetworkPort> ports() {
    return Collections.unmodifiableList(ports);
  }

  /** Whether any guest can take a frame now, or keep it waiting. */
  boolean hasRoom() {
    for (int n = 0; n < ports.size(); n++) {
      if (ports.get(n).hasRoom()) {
        return true;
      }
    }
    return false;
  }

  /** Takes a guest's frame to where it goes. */
  void forward(NetFrame frame, int from) {
    Place place = places.get(from);
    long source = source(frame);
    if (MacAddress.isGroup(source) || macFilter && source != place.port.mac()) {
      place.port.refuse();
      return;
    }
    heard(source, place);
    long target = target(frame);
    Place known = placeOf(target);
    if (known == outside) {
      uplink.get().input(frame, place.port);
    } else if (known != null) {
      if (known != place) {
        known.port.send(frame);
      }
    } else if (place.storm.take(1, loop.now())) {
      toPorts(frame, place);
      if (MacAddress.isGroup(target) || leadsOn()) {
        uplink.ifPresent(outward -> outward.input(frame, place.port));
      }
    } else {
      place.port.refuse();
    }
  }

  /** Takes a frame from behind the uplink to the guests that it is for. */
  void arrived(NetFrame frame) {
    long source = source(frame);
    if (MacAddress.isGroup(source) || ofGuest(source) != null) {
      return; // Nobody outside speaks as a guest; so a loop of cables carries nothing.
    }
    heard(source, outside);
    long target = target(frame);
    Place known = placeOf(target);
    if (known != null && known != outside) {
      known.port.send(frame);
    } else if (known == null && outside.storm.take(1, loop.now())) {
      toPorts(frame, outside);
    }
  }

  private static long source(NetFrame frame) {
    return frame.bytes().getLong(SOURCE) >>> Short.SIZE;
  }

  private static long target(NetFrame frame) {
    return frame.bytes().getLong(0) >>> Short.SIZE;
  }

  private boolean leadsOn() {
    return uplink.isPresent() && uplink.get().leadsOn();
  }

  private void toPorts(NetFrame frame, Place from) {
    for (NetworkPort port : ports) {
      if (port != from.port) {
        port.send(frame);
      }
    }
  }

  /** With the filter, a guest has its interface's address only, and nothing is to be learned. */
  private void heard(long source, Place place) {
    boolean gateways = uplink.isPresent() && uplink.get().owns(source);
    if (!macFilter && !gateways) { // Nobody takes the gateway's place.
      stations.heard(source, place);
    }
  }

  /** Where a station is; null if it may be anywhere, or if it is a group. */
  private Place placeOf(long target) {
    if (MacAddress.isGroup(target)) {
      return null;
    }
    Place known = macFilter ? null : stations.placeOf(target);
    known = known == null ? ofGuest(target) : known;
    boolean beyond =
        known == null
            && uplink.isPresent()
            && (uplink.get().owns(target) || macFilter && leadsOn());
    return beyond ? outside : known;
  }

  /** The place of the guest that was given an address; null if none was. */
  private Place ofGuest(long mac) {
    for (int n = 0; n < places.size(); n++) {
      if (places.get(n).port.mac() == mac) {
        return places.get(n);
      }
    }
    return null;
  }

  /** Another interface is in a port, or none. */
  void plugged(NetworkPort port) {
    places.stream().filter(place -> place.port == port).forEach(stations::forget);
    uplink.ifPresent(outward -> outward.plugged(port));
  }
}
