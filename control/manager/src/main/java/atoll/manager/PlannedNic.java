package atoll.manager;

import atoll.device.spi.NetBackend;
import atoll.device.spi.NetPort;

/** A place in a network for a machine that is only described: nothing is sent from it. */
record PlannedNic(long mac, int mtu) implements NetBackend {
  @Override
  public boolean macFixed() {
    return true;
  }

  @Override
  public void attach(NetPort port) {}

  @Override
  public void detach(NetPort port) {}

  @Override
  public void ready() {}

  @Override
  public void room() {}
}
