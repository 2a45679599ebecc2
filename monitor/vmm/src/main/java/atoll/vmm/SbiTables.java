package atoll.vmm;

import atoll.engine.DirectTables;
import atoll.engine.TableReply;
import atoll.engine.TableStatus;

/**
 * Atoll's own extension: the page tables of a guest that registers them, in the space that the
 * specification leaves to firmware (SBI §19). Addresses are guest-physical; what is in tables, and
 * what {@link #MACHINE_ADDRESS} gives, is host-physical.
 */
final class SbiTables implements SbiExtension {
  /** In the firmware's space the lower bits of the implementation's id: "TOL". */
  static final int ID = 0x0a54_4f4c;

  static final int MACHINE_ADDRESS = 0;
  static final int CONTIGUOUS = 1;
  static final int PIN = 2;
  static final int UNPIN = 3;
  static final int UPDATE = 4;
  static final int SETTLE = 5;

  /** Of a call that has left work to do. */
  private static final SbiReply UNFINISHED = SbiReply.value(1);

  private final DirectTables tables;

  SbiTables(DirectTables tables) {
    this.tables = tables;
  }

  @Override
  public String name() {
    return "TABLES";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    long first = call.argument(0);
    return switch (call.function()) {
      case MACHINE_ADDRESS -> machineAddress(call, first, false);
      case CONTIGUOUS -> machineAddress(call, first, true);
      case PIN -> reply(tables.pin(call.hart(), first, call.argument(1)));
      case UNPIN -> reply(tables.unpin(call.hart(), first));
      case UPDATE -> update(tables.update(call.hart(), first, call.argument(1)));
      case SETTLE -> reply(tables.settle(call.hart()));
      default -> SbiReply.error(SbiError.NOT_SUPPORTED);
    };
  }

  private SbiReply machineAddress(SbiCall call, long gpa, boolean length) {
    long hpa = tables.machineAddress(call.hart(), gpa);
    if (hpa < 0) {
      return SbiReply.error(SbiError.INVALID_ADDRESS);
    }
    return SbiReply.value(length ? tables.contiguous(gpa) : hpa);
  }

  private static SbiReply reply(TableStatus status) {
    return status == TableStatus.UNFINISHED ? UNFINISHED : SbiReply.error(error(status));
  }

  /** The number of updates applied goes with an error, too. */
  private static SbiReply update(TableReply reply) {
    return new SbiReply(error(reply.status()).code, reply.applied(), 2);
  }

  private static SbiError error(TableStatus status) {
    return switch (status) {
      case DONE, UNFINISHED -> SbiError.SUCCESS;
      case MALFORMED -> SbiError.INVALID_PARAM;
      case FOREIGN -> SbiError.INVALID_ADDRESS;
      case CONFLICT -> SbiError.DENIED;
      case KNOWN -> SbiError.ALREADY_AVAILABLE;
    };
  }
}
