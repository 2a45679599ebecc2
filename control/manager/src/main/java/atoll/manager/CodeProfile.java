package atoll.manager;

import atoll.engine.CodeListener;
import atoll.engine.TranslatedCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The code that a VM's harts have generated, where it is, and how often each piece was found
 * running.
 */
final class CodeProfile implements CodeListener {
  /** A piece of code, and the slices that ended in it. */
  record Spot(TranslatedCode code, long samples) {}

  /** Where a block begins, for one hart. */
  private record Place(int hart, long pa) {}

  private static final class Counter {
    private final TranslatedCode code;
    private long samples;

    Counter(TranslatedCode code) {
      this.code = code;
    }
  }

  private final Map<Place, Counter> places = new HashMap<>();
  private final List<Counter> counters = new ArrayList<>();
  private final NavigableMap<Long, TranslatedCode> addresses = new TreeMap<>();
  private long samples;

  @Override
  public synchronized void made(TranslatedCode code, long[] starts) {
    Counter counter = new Counter(code);
    counters.add(counter);
    for (long start : starts) {
      places.put(new Place(code.hart(), start), counter);
    }
    long end = code.address() + code.bytes();
    addresses.subMap(code.address(), end).clear();
    Map.Entry<Long, TranslatedCode> before = addresses.lowerEntry(code.address());
    if (before != null && before.getKey() + before.getValue().bytes() > code.address()) {
      addresses.remove(before.getKey());
    }
    addresses.put(code.address(), code);
  }

  @Override
  public synchronized void sampled(int hart, long pa) {
    samples++;
    Counter counter = places.get(new Place(hart, pa));
    if (counter != null) {
      counter.samples++;
    }
  }

  /** Slices that ended in translated code. */
  synchronized long samples() {
    return samples;
  }

  /** The pieces in which most slices ended, those with most first. */
  synchronized List<Spot> hottest(int most) {
    return counters.stream()
        .filter(counter -> counter.samples > 0)
        .map(counter -> new Spot(counter.code, counter.samples))
        .sorted(Comparator.comparingLong(Spot::samples).reversed())
        .limit(most)
        .toList();
  }

  /** The code that has not been overwritten, by address. */
  synchronized List<TranslatedCode> present() {
    return List.copyOf(addresses.values());
  }
}
