package atoll.net;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Behind which place of a switch the stations are that have spoken. Each place has room for as many
 * as every other, so that none can have those of others forgotten. For one thread.
 */
final class Stations<P> {
  /** Addresses that are remembered for each place. */
  static final int MOST = 512;

  private final Map<Long, P> places = new HashMap<>();

  /** The one that has been silent longest first. */
  private final Map<P, Set<Long>> heard = new HashMap<>();

  /** One has spoken. */
  void heard(long mac, P place) {
    Set<Long> own = heard.computeIfAbsent(place, any -> new LinkedHashSet<>());
    P before = places.put(mac, place);
    if (before != null) {
      boolean ignored = heard.get(before).remove(mac);
    }
    boolean ignored = own.add(mac);
    if (own.size() > MOST) {
      forgetOldest(own);
    }
  }

  private void forgetOldest(Set<Long> own) {
    Iterator<Long> oldest = own.iterator();
    P ignored = places.remove(oldest.next());
    oldest.remove();
  }

  /** Where one is; null if it is not known. */
  P placeOf(long mac) {
    return places.get(mac);
  }

  /** Another interface is at a place, or none. */
  void forget(P place) {
    Set<Long> own = heard.remove(place);
    if (own != null) {
      own.forEach(places::remove);
    }
  }
}
