package atoll.manager;

import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockGuest;
import atoll.net.VsockSettings;

/** What streams lead to from a machine that is only described: nothing is sent from it. */
record PlannedVsock() implements VsockBackend {
  @Override
  public long cid() {
    return VsockSettings.FIRST_CID;
  }

  @Override
  public void attach(VsockGuest guest) {}

  @Override
  public void detach(VsockGuest guest) {}

  @Override
  public void ready() {}

  @Override
  public void room() {}

  @Override
  public void restarted() {}
}
