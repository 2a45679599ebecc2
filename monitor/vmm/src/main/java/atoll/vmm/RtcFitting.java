package atoll.vmm;

import atoll.device.GoldfishRtc;
import atoll.vmm.BoardPlan.Region;

/** The real-time clock. */
record RtcFitting(Region place) implements Fitting {
  @Override
  public void describe(BoardTree tree) {
    tree.device("rtc", place).strings("compatible", "google,goldfish-rtc");
  }

  @Override
  public void make(Board board) {
    board.attach(place, new GoldfishRtc(board.clock(), board.timers(), board.wire(place)));
  }
}
