package atoll.net;

import atoll.host.ThreadTime;
import java.util.List;

/** Has the guests that one thread serves pay for it, each for its part. For that thread. */
final class SharedTime {
  private ThreadTime time;
  private long charged;

  /** Somebody who is served. */
  interface Guest {
    /** What was done for it since it was charged, in units of about a nanosecond. */
    long work();

    /** It pays, and its work begins at 0 again. */
    void charge(long nanos);
  }

  /** What the moving of so many bytes is for the account. */
  static long work(int bytes) {
    return 2_000L + bytes / 4;
  }

  /** Each guest pays for its part of what the thread has done since the last time. */
  void charge(List<? extends Guest> guests) {
    long all = 0;
    for (int n = 0; n < guests.size(); n++) {
      all += guests.get(n).work();
    }
    if (all == 0) {
      return;
    }
    if (time == null) {
      time = ThreadTime.ofCaller();
      charged = Math.max(0, time.nanos());
    }
    long now = Math.max(0, time.nanos());
    for (int n = 0; n < guests.size(); n++) {
      Guest guest = guests.get(n);
      if (guest.work() != 0) {
        guest.charge((long) ((double) (now - charged) * guest.work() / all));
      }
    }
    charged = now;
  }
}
