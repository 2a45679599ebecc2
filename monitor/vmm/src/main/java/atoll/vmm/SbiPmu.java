package atoll.vmm;

import atoll.state.StateShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Performance counters (SBI §11): the two fixed counters of each hart, and firmware counters of
 * what the SBI itself does. Counter 1 would be {@code time}, which cannot be controlled.
 */
final class SbiPmu implements SbiExtension {
  private static final int ID = 0x504d55;
  private static final int NUM_COUNTERS = 0;
  private static final int GET_INFO = 1;
  private static final int CONFIG_MATCHING = 2;
  private static final int START = 3;
  private static final int STOP = 4;
  private static final int FIRMWARE_READ = 5;
  private static final int FIRMWARE_READ_HIGH = 6;

  private static final long SKIP_MATCH = 1;
  private static final long CLEAR_VALUE = 1 << 1;
  private static final long AUTO_START = 1 << 2;

  private static final long SET_INITIAL_VALUE = 1;
  private static final long FROM_SNAPSHOT = 1 << 1;
  private static final long RESET = 1;
  private static final long TAKE_SNAPSHOT = 1 << 1;

  private final HartTable harts;
  private final List<List<PmuCounter>> counters = new ArrayList<>();

  SbiPmu(HartTable harts) {
    this.harts = harts;
    for (HartTable.Row row : harts.rows()) {
      counters.add(PmuCounter.all(row));
    }
  }

  @Override
  public String name() {
    return "PMU";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    List<PmuCounter> own = counters.get(harts.of(call).hart().id());
    return switch (call.function()) {
      case NUM_COUNTERS -> SbiReply.value(own.size());
      case GET_INFO -> info(own, call.argument(0));
      case CONFIG_MATCHING -> configure(own, call);
      case START -> start(own, call);
      case STOP -> stop(own, call);
      case FIRMWARE_READ -> read(own, call.argument(0), false);
      case FIRMWARE_READ_HIGH -> read(own, call.argument(0), true);
      default -> SbiReply.error(SbiError.NOT_SUPPORTED);
    };
  }

  /** The counters of a hart by index. */
  List<SbiState.PmuState> state(int hart) {
    return counters.get(hart).stream().map(PmuCounter::state).toList();
  }

  void restore(int hart, List<SbiState.PmuState> from) {
    List<PmuCounter> own = counters.get(hart);
    StateShape.requireCount("performance counters", from.size(), own.size());
    for (int i = 0; i < own.size(); i++) {
      own.get(i).restore(from.get(i));
    }
  }

  private static SbiReply info(List<PmuCounter> own, long index) {
    boolean known = index >= 0 && index < own.size() && own.get((int) index).exists();
    return known
        ? SbiReply.value(own.get((int) index).info())
        : SbiReply.error(SbiError.INVALID_PARAM);
  }

  /** The counters that a base and a mask name; null if one of them is out of range. */
  private static List<PmuCounter> select(List<PmuCounter> own, long base, long mask) {
    List<PmuCounter> selected = new ArrayList<>();
    for (long left = mask; left != 0; left &= left - 1) {
      long index = base + Long.numberOfTrailingZeros(left);
      if (base < 0 || index < 0 || index >= own.size()) {
        return null;
      }
      selected.add(own.get((int) index));
    }
    return selected;
  }

  private static SbiReply configure(List<PmuCounter> own, SbiCall call) {
    List<PmuCounter> selected = select(own, call.argument(0), call.argument(1));
    long flags = call.argument(2);
    int event = (int) call.argument(3);
    if (selected == null || selected.isEmpty()) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    for (PmuCounter counter : selected) {
      boolean skip = (flags & SKIP_MATCH) != 0 && counter.configured();
      if (skip || counter.configure(event)) {
        prepare(counter, flags);
        return SbiReply.value(own.indexOf(counter));
      }
    }
    return SbiReply.error(SbiError.NOT_SUPPORTED);
  }

  private static void prepare(PmuCounter counter, long flags) {
    if ((flags & CLEAR_VALUE) != 0) {
      counter.set(0);
    }
    if ((flags & AUTO_START) != 0) {
      counter.start();
    }
  }

  private static SbiReply start(List<PmuCounter> own, SbiCall call) {
    List<PmuCounter> selected = select(own, call.argument(0), call.argument(1));
    long flags = call.argument(2);
    if (selected == null || !selected.stream().allMatch(PmuCounter::exists)) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    if ((flags & FROM_SNAPSHOT) != 0) {
      return SbiReply.error(SbiError.NO_SHMEM);
    }
    SbiError result = SbiError.SUCCESS;
    for (PmuCounter counter : selected) {
      if (counter.started()) {
        result = SbiError.ALREADY_STARTED;
        continue;
      }
      if ((flags & SET_INITIAL_VALUE) != 0) {
        counter.set(call.argument(3));
      }
      counter.start();
    }
    return SbiReply.error(result);
  }

  private static SbiReply stop(List<PmuCounter> own, SbiCall call) {
    List<PmuCounter> selected = select(own, call.argument(0), call.argument(1));
    long flags = call.argument(2);
    if (selected == null || !selected.stream().allMatch(PmuCounter::exists)) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    if ((flags & TAKE_SNAPSHOT) != 0) {
      return SbiReply.error(SbiError.NO_SHMEM);
    }
    SbiError result = SbiError.SUCCESS;
    for (PmuCounter counter : selected) {
      if (!counter.started()) {
        result = SbiError.ALREADY_STOPPED;
      }
      counter.stop((flags & RESET) != 0);
    }
    return SbiReply.error(result);
  }

  private static SbiReply read(List<PmuCounter> own, long index, boolean high) {
    boolean firmware = index >= 0 && index < own.size() && own.get((int) index).firmware();
    if (!firmware) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    return SbiReply.value(high ? 0 : own.get((int) index).value());
  }
}
