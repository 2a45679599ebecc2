package atoll.net;

import atoll.device.spi.Payer;

/**
 * Where a guest's device is plugged in: which one is there, what has happened there, and what it
 * has to pay. What devices call is for any thread; everything else is the one thread's that serves
 * it.
 *
 * @param <D> the device
 */
abstract class DevicePort<D extends Payer> implements SharedTime.Guest {
  private final PortSignals signals;

  /** Null while none is there. */
  private volatile D device;

  /** What was moved since the guest was charged for it, in units of about 1 ns. */
  private long work;

  /**
   * @param loop what its thread does
   */
  DevicePort(NetworkLoop loop) {
    signals = new PortSignals(loop);
  }

  /** A device is there now. */
  abstract void plugged(D plugged);

  /** None is there any more. */
  abstract void unplugged();

  // ------------------------------------------------------------ what a device calls

  /** As in the backend that this is. */
  public void attach(D plugged) {
    device = plugged;
    plugged(plugged);
    signals.raise(PortSignals.PLUGGED | PortSignals.READY);
  }

  /** As in the backend that this is. */
  public void detach(D unplugged) {
    if (unplugged.equals(device)) {
      device = null;
      unplugged();
      signals.raise(PortSignals.PLUGGED);
    }
  }

  /** As in the backend that this is. */
  public void ready() {
    signals.raise(PortSignals.READY);
  }

  /** As in the backend that this is. */
  public void room() {
    signals.raise(PortSignals.ROOM);
  }

  // ------------------------------------------------------------ what its thread does

  /** What has happened that the thread has to look at. */
  PortSignals signals() {
    return signals;
  }

  /** The device that is there, or null; another one the next time. */
  D device() {
    return device;
  }

  /** So many bytes were moved for the guest. */
  void moved(int bytes) {
    work += SharedTime.work(bytes);
  }

  @Override
  public long work() {
    return work;
  }

  @Override
  public void charge(long nanos) {
    work = 0;
    D present = device;
    if (present != null) {
      present.charge(nanos);
    }
  }
}
