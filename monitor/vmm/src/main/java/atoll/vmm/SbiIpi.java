package atoll.vmm;

import atoll.engine.Interrupts;
import java.util.OptionalLong;

/** Inter-processor interrupts (SBI §7). */
final class SbiIpi implements SbiExtension {
  private static final int ID = 0x735049;
  private static final int SEND = 0;

  private final HartTable harts;

  SbiIpi(HartTable harts) {
    this.harts = harts;
  }

  @Override
  public String name() {
    return "IPI";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    if (call.function() != SEND) {
      return SbiReply.error(SbiError.NOT_SUPPORTED);
    }
    OptionalLong to = harts.select(call.argument(0), call.argument(1));
    if (to.isEmpty()) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    send(call, to.getAsLong());
    return SbiReply.SUCCESS;
  }

  /** Makes the supervisor software interrupt of each hart in {@code mask} pending. */
  void send(SbiCall call, long mask) {
    harts.of(call).events().count(FirmwareEvents.IPI_SENT);
    for (HartTable.Row row : harts.rows()) {
      if ((mask >>> row.hart().id() & 1) != 0) {
        row.events().count(FirmwareEvents.IPI_RECEIVED);
        row.vcpu().raise(Interrupts.SSI, true);
      }
    }
  }
}
