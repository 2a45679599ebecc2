// Generated from src/main/insn/rv64.insn by core/isa/generate: change that file, not this one.
package atoll.isa;

/** Finds the operation of a 32-bit instruction. */
final class DecodeTree {
  private DecodeTree() {}

  static int op(int word) {
    return switch (word & 0x7f) {
      case 0b0000011 -> opcode0000011(word);
      case 0b0000111 -> opcode0000111(word);
      case 0b0001111 -> opcode0001111(word);
      case 0b0010011 -> opcode0010011(word);
      case 0b0010111 -> opcode0010111(word);
      case 0b0011011 -> opcode0011011(word);
      case 0b0100011 -> opcode0100011(word);
      case 0b0100111 -> opcode0100111(word);
      case 0b0101111 -> opcode0101111(word);
      case 0b0110011 -> opcode0110011(word);
      case 0b0110111 -> opcode0110111(word);
      case 0b0111011 -> opcode0111011(word);
      case 0b1000011 -> opcode1000011(word);
      case 0b1000111 -> opcode1000111(word);
      case 0b1001011 -> opcode1001011(word);
      case 0b1001111 -> opcode1001111(word);
      case 0b1010011 -> opcode1010011(word);
      case 0b1100011 -> opcode1100011(word);
      case 0b1100111 -> opcode1100111(word);
      case 0b1101111 -> opcode1101111(word);
      case 0b1110011 -> opcode1110011(word);
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0000011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> Op.LB;
      case 0b001 -> Op.LH;
      case 0b010 -> Op.LW;
      case 0b011 -> Op.LD;
      case 0b100 -> Op.LBU;
      case 0b101 -> Op.LHU;
      case 0b110 -> Op.LWU;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0000111(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b001 -> Op.FLH;
      case 0b010 -> Op.FLW;
      case 0b011 -> Op.FLD;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0001111(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> (word & 0xffff8f80) == 0x1000000 ? Op.PAUSE : Op.FENCE;
      case 0b001 -> Op.FENCE_I;
      case 0b010 -> switch (word >>> 20) {
        case 0b000000000000 -> (word & 0xf80) == 0x0 ? Op.CBO_INVAL : Op.ILLEGAL;
        case 0b000000000001 -> (word & 0xf80) == 0x0 ? Op.CBO_CLEAN : Op.ILLEGAL;
        case 0b000000000010 -> (word & 0xf80) == 0x0 ? Op.CBO_FLUSH : Op.ILLEGAL;
        case 0b000000000100 -> (word & 0xf80) == 0x0 ? Op.CBO_ZERO : Op.ILLEGAL;
        default -> Op.ILLEGAL;
      };
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0010011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> Op.ADDI;
      case 0b001 -> switch (word >>> 26) {
        case 0b000000 -> Op.SLLI;
        case 0b001010 -> Op.BSETI;
        case 0b010010 -> Op.BCLRI;
        case 0b011000 -> switch (word >>> 20 & 0x3f) {
          case 0b000000 -> Op.CLZ;
          case 0b000001 -> Op.CTZ;
          case 0b000010 -> Op.CPOP;
          case 0b000100 -> Op.SEXT_B;
          case 0b000101 -> Op.SEXT_H;
          default -> Op.ILLEGAL;
        };
        case 0b011010 -> Op.BINVI;
        default -> Op.ILLEGAL;
      };
      case 0b010 -> Op.SLTI;
      case 0b011 -> Op.SLTIU;
      case 0b100 -> Op.XORI;
      case 0b101 -> switch (word >>> 26) {
        case 0b000000 -> Op.SRLI;
        case 0b001010 -> (word & 0x3f00000) == 0x700000 ? Op.ORC_B : Op.ILLEGAL;
        case 0b010000 -> Op.SRAI;
        case 0b010010 -> Op.BEXTI;
        case 0b011000 -> Op.RORI;
        case 0b011010 -> switch (word >>> 20 & 0x3f) {
          case 0b000111 -> Op.BREV8;
          case 0b111000 -> Op.REV8;
          default -> Op.ILLEGAL;
        };
        default -> Op.ILLEGAL;
      };
      case 0b110 -> (word & 0x1f00f80) == 0x0 ? Op.PREFETCH_I : (word & 0x1f00f80) == 0x100000 ? Op.PREFETCH_R : (word & 0x1f00f80) == 0x300000 ? Op.PREFETCH_W : Op.ORI;
      case 0b111 -> Op.ANDI;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0010111(int word) {
    return Op.AUIPC;
  }

  private static int opcode0011011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> Op.ADDIW;
      case 0b001 -> switch (word >>> 26) {
        case 0b000000 -> (word & 0x2000000) == 0x0 ? Op.SLLIW : Op.ILLEGAL;
        case 0b000010 -> Op.SLLI_UW;
        case 0b011000 -> switch (word >>> 20 & 0x3f) {
          case 0b000000 -> Op.CLZW;
          case 0b000001 -> Op.CTZW;
          case 0b000010 -> Op.CPOPW;
          default -> Op.ILLEGAL;
        };
        default -> Op.ILLEGAL;
      };
      case 0b101 -> switch (word >>> 25) {
        case 0b0000000 -> Op.SRLIW;
        case 0b0100000 -> Op.SRAIW;
        case 0b0110000 -> Op.RORIW;
        default -> Op.ILLEGAL;
      };
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0100011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> Op.SB;
      case 0b001 -> Op.SH;
      case 0b010 -> Op.SW;
      case 0b011 -> Op.SD;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0100111(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b001 -> Op.FSH;
      case 0b010 -> Op.FSW;
      case 0b011 -> Op.FSD;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0101111(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b010 -> switch (word >>> 27) {
        case 0b00000 -> Op.AMOADD_W;
        case 0b00001 -> Op.AMOSWAP_W;
        case 0b00010 -> (word & 0x1f00000) == 0x0 ? Op.LR_W : Op.ILLEGAL;
        case 0b00011 -> Op.SC_W;
        case 0b00100 -> Op.AMOXOR_W;
        case 0b01000 -> Op.AMOOR_W;
        case 0b01100 -> Op.AMOAND_W;
        case 0b10000 -> Op.AMOMIN_W;
        case 0b10100 -> Op.AMOMAX_W;
        case 0b11000 -> Op.AMOMINU_W;
        case 0b11100 -> Op.AMOMAXU_W;
        default -> Op.ILLEGAL;
      };
      case 0b011 -> switch (word >>> 27) {
        case 0b00000 -> Op.AMOADD_D;
        case 0b00001 -> Op.AMOSWAP_D;
        case 0b00010 -> (word & 0x1f00000) == 0x0 ? Op.LR_D : Op.ILLEGAL;
        case 0b00011 -> Op.SC_D;
        case 0b00100 -> Op.AMOXOR_D;
        case 0b01000 -> Op.AMOOR_D;
        case 0b01100 -> Op.AMOAND_D;
        case 0b10000 -> Op.AMOMIN_D;
        case 0b10100 -> Op.AMOMAX_D;
        case 0b11000 -> Op.AMOMINU_D;
        case 0b11100 -> Op.AMOMAXU_D;
        default -> Op.ILLEGAL;
      };
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0110011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> switch (word >>> 25) {
        case 0b0000000 -> Op.ADD;
        case 0b0000001 -> Op.MUL;
        case 0b0100000 -> Op.SUB;
        default -> Op.ILLEGAL;
      };
      case 0b001 -> switch (word >>> 25) {
        case 0b0000000 -> Op.SLL;
        case 0b0000001 -> Op.MULH;
        case 0b0000101 -> Op.CLMUL;
        case 0b0010100 -> Op.BSET;
        case 0b0100100 -> Op.BCLR;
        case 0b0110000 -> Op.ROL;
        case 0b0110100 -> Op.BINV;
        default -> Op.ILLEGAL;
      };
      case 0b010 -> switch (word >>> 25) {
        case 0b0000000 -> Op.SLT;
        case 0b0000001 -> Op.MULHSU;
        case 0b0000101 -> Op.CLMULR;
        case 0b0010000 -> Op.SH1ADD;
        default -> Op.ILLEGAL;
      };
      case 0b011 -> switch (word >>> 25) {
        case 0b0000000 -> Op.SLTU;
        case 0b0000001 -> Op.MULHU;
        case 0b0000101 -> Op.CLMULH;
        default -> Op.ILLEGAL;
      };
      case 0b100 -> switch (word >>> 25) {
        case 0b0000000 -> Op.XOR;
        case 0b0000001 -> Op.DIV;
        case 0b0000100 -> Op.PACK;
        case 0b0000101 -> Op.MIN;
        case 0b0010000 -> Op.SH2ADD;
        case 0b0100000 -> Op.XNOR;
        default -> Op.ILLEGAL;
      };
      case 0b101 -> switch (word >>> 25) {
        case 0b0000000 -> Op.SRL;
        case 0b0000001 -> Op.DIVU;
        case 0b0000101 -> Op.MINU;
        case 0b0000111 -> Op.CZERO_EQZ;
        case 0b0100000 -> Op.SRA;
        case 0b0100100 -> Op.BEXT;
        case 0b0110000 -> Op.ROR;
        default -> Op.ILLEGAL;
      };
      case 0b110 -> switch (word >>> 25) {
        case 0b0000000 -> Op.OR;
        case 0b0000001 -> Op.REM;
        case 0b0000101 -> Op.MAX;
        case 0b0010000 -> Op.SH3ADD;
        case 0b0100000 -> Op.ORN;
        default -> Op.ILLEGAL;
      };
      case 0b111 -> switch (word >>> 25) {
        case 0b0000000 -> Op.AND;
        case 0b0000001 -> Op.REMU;
        case 0b0000100 -> Op.PACKH;
        case 0b0000101 -> Op.MAXU;
        case 0b0000111 -> Op.CZERO_NEZ;
        case 0b0100000 -> Op.ANDN;
        default -> Op.ILLEGAL;
      };
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode0110111(int word) {
    return Op.LUI;
  }

  private static int opcode0111011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> switch (word >>> 25) {
        case 0b0000000 -> Op.ADDW;
        case 0b0000001 -> Op.MULW;
        case 0b0000100 -> Op.ADD_UW;
        case 0b0100000 -> Op.SUBW;
        default -> Op.ILLEGAL;
      };
      case 0b001 -> switch (word >>> 25) {
        case 0b0000000 -> Op.SLLW;
        case 0b0110000 -> Op.ROLW;
        default -> Op.ILLEGAL;
      };
      case 0b010 -> (word & 0xfe000000) == 0x20000000 ? Op.SH1ADD_UW : Op.ILLEGAL;
      case 0b100 -> switch (word >>> 25) {
        case 0b0000001 -> Op.DIVW;
        case 0b0000100 -> (word & 0x1f00000) == 0x0 ? Op.ZEXT_H : Op.PACKW;
        case 0b0010000 -> Op.SH2ADD_UW;
        default -> Op.ILLEGAL;
      };
      case 0b101 -> switch (word >>> 25) {
        case 0b0000000 -> Op.SRLW;
        case 0b0000001 -> Op.DIVUW;
        case 0b0100000 -> Op.SRAW;
        case 0b0110000 -> Op.RORW;
        default -> Op.ILLEGAL;
      };
      case 0b110 -> switch (word >>> 25) {
        case 0b0000001 -> Op.REMW;
        case 0b0010000 -> Op.SH3ADD_UW;
        default -> Op.ILLEGAL;
      };
      case 0b111 -> (word & 0xfe000000) == 0x2000000 ? Op.REMUW : Op.ILLEGAL;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode1000011(int word) {
    return switch (word >>> 25 & 0x3) {
      case 0b00 -> Op.FMADD_S;
      case 0b01 -> Op.FMADD_D;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode1000111(int word) {
    return switch (word >>> 25 & 0x3) {
      case 0b00 -> Op.FMSUB_S;
      case 0b01 -> Op.FMSUB_D;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode1001011(int word) {
    return switch (word >>> 25 & 0x3) {
      case 0b00 -> Op.FNMSUB_S;
      case 0b01 -> Op.FNMSUB_D;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode1001111(int word) {
    return switch (word >>> 25 & 0x3) {
      case 0b00 -> Op.FNMADD_S;
      case 0b01 -> Op.FNMADD_D;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode1010011(int word) {
    return switch (word >>> 25) {
      case 0b0000000 -> Op.FADD_S;
      case 0b0000001 -> Op.FADD_D;
      case 0b0000100 -> Op.FSUB_S;
      case 0b0000101 -> Op.FSUB_D;
      case 0b0001000 -> Op.FMUL_S;
      case 0b0001001 -> Op.FMUL_D;
      case 0b0001100 -> Op.FDIV_S;
      case 0b0001101 -> Op.FDIV_D;
      case 0b0010000 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> Op.FSGNJ_S;
        case 0b001 -> Op.FSGNJN_S;
        case 0b010 -> Op.FSGNJX_S;
        default -> Op.ILLEGAL;
      };
      case 0b0010001 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> Op.FSGNJ_D;
        case 0b001 -> Op.FSGNJN_D;
        case 0b010 -> Op.FSGNJX_D;
        default -> Op.ILLEGAL;
      };
      case 0b0010100 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> Op.FMIN_S;
        case 0b001 -> Op.FMAX_S;
        case 0b010 -> Op.FMINM_S;
        case 0b011 -> Op.FMAXM_S;
        default -> Op.ILLEGAL;
      };
      case 0b0010101 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> Op.FMIN_D;
        case 0b001 -> Op.FMAX_D;
        case 0b010 -> Op.FMINM_D;
        case 0b011 -> Op.FMAXM_D;
        default -> Op.ILLEGAL;
      };
      case 0b0100000 -> switch (word >>> 20 & 0x1f) {
        case 0b00001 -> Op.FCVT_S_D;
        case 0b00010 -> Op.FCVT_S_H;
        case 0b00100 -> Op.FROUND_S;
        case 0b00101 -> Op.FROUNDNX_S;
        default -> Op.ILLEGAL;
      };
      case 0b0100001 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> Op.FCVT_D_S;
        case 0b00010 -> Op.FCVT_D_H;
        case 0b00100 -> Op.FROUND_D;
        case 0b00101 -> Op.FROUNDNX_D;
        default -> Op.ILLEGAL;
      };
      case 0b0100010 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> Op.FCVT_H_S;
        case 0b00001 -> Op.FCVT_H_D;
        default -> Op.ILLEGAL;
      };
      case 0b0101100 -> (word & 0x1f00000) == 0x0 ? Op.FSQRT_S : Op.ILLEGAL;
      case 0b0101101 -> (word & 0x1f00000) == 0x0 ? Op.FSQRT_D : Op.ILLEGAL;
      case 0b1010000 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> Op.FLE_S;
        case 0b001 -> Op.FLT_S;
        case 0b010 -> Op.FEQ_S;
        case 0b100 -> Op.FLEQ_S;
        case 0b101 -> Op.FLTQ_S;
        default -> Op.ILLEGAL;
      };
      case 0b1010001 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> Op.FLE_D;
        case 0b001 -> Op.FLT_D;
        case 0b010 -> Op.FEQ_D;
        case 0b100 -> Op.FLEQ_D;
        case 0b101 -> Op.FLTQ_D;
        default -> Op.ILLEGAL;
      };
      case 0b1100000 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> Op.FCVT_W_S;
        case 0b00001 -> Op.FCVT_WU_S;
        case 0b00010 -> Op.FCVT_L_S;
        case 0b00011 -> Op.FCVT_LU_S;
        default -> Op.ILLEGAL;
      };
      case 0b1100001 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> Op.FCVT_W_D;
        case 0b00001 -> Op.FCVT_WU_D;
        case 0b00010 -> Op.FCVT_L_D;
        case 0b00011 -> Op.FCVT_LU_D;
        case 0b01000 -> (word & 0x7000) == 0x1000 ? Op.FCVTMOD_W_D : Op.ILLEGAL;
        default -> Op.ILLEGAL;
      };
      case 0b1101000 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> Op.FCVT_S_W;
        case 0b00001 -> Op.FCVT_S_WU;
        case 0b00010 -> Op.FCVT_S_L;
        case 0b00011 -> Op.FCVT_S_LU;
        default -> Op.ILLEGAL;
      };
      case 0b1101001 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> Op.FCVT_D_W;
        case 0b00001 -> Op.FCVT_D_WU;
        case 0b00010 -> Op.FCVT_D_L;
        case 0b00011 -> Op.FCVT_D_LU;
        default -> Op.ILLEGAL;
      };
      case 0b1110000 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> (word & 0x1f00000) == 0x0 ? Op.FMV_X_W : Op.ILLEGAL;
        case 0b001 -> (word & 0x1f00000) == 0x0 ? Op.FCLASS_S : Op.ILLEGAL;
        default -> Op.ILLEGAL;
      };
      case 0b1110001 -> switch (word >>> 12 & 0x7) {
        case 0b000 -> (word & 0x1f00000) == 0x0 ? Op.FMV_X_D : Op.ILLEGAL;
        case 0b001 -> (word & 0x1f00000) == 0x0 ? Op.FCLASS_D : Op.ILLEGAL;
        default -> Op.ILLEGAL;
      };
      case 0b1110010 -> (word & 0x1f07000) == 0x0 ? Op.FMV_X_H : Op.ILLEGAL;
      case 0b1111000 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> (word & 0x7000) == 0x0 ? Op.FMV_W_X : Op.ILLEGAL;
        case 0b00001 -> (word & 0x7000) == 0x0 ? Op.FLI_S : Op.ILLEGAL;
        default -> Op.ILLEGAL;
      };
      case 0b1111001 -> switch (word >>> 20 & 0x1f) {
        case 0b00000 -> (word & 0x7000) == 0x0 ? Op.FMV_D_X : Op.ILLEGAL;
        case 0b00001 -> (word & 0x7000) == 0x0 ? Op.FLI_D : Op.ILLEGAL;
        default -> Op.ILLEGAL;
      };
      case 0b1111010 -> (word & 0x1f07000) == 0x0 ? Op.FMV_H_X : Op.ILLEGAL;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode1100011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> Op.BEQ;
      case 0b001 -> Op.BNE;
      case 0b100 -> Op.BLT;
      case 0b101 -> Op.BGE;
      case 0b110 -> Op.BLTU;
      case 0b111 -> Op.BGEU;
      default -> Op.ILLEGAL;
    };
  }

  private static int opcode1100111(int word) {
    return (word & 0x7000) == 0x0 ? Op.JALR : Op.ILLEGAL;
  }

  private static int opcode1101111(int word) {
    return Op.JAL;
  }

  private static int opcode1110011(int word) {
    return switch (word >>> 12 & 0x7) {
      case 0b000 -> switch (word >>> 25) {
        case 0b0000000 -> switch (word >>> 15 & 0x3ff) {
          case 0b0000000000 -> (word & 0xf80) == 0x0 ? Op.ECALL : Op.ILLEGAL;
          case 0b0000100000 -> (word & 0xf80) == 0x0 ? Op.EBREAK : Op.ILLEGAL;
          case 0b0110100000 -> (word & 0xf80) == 0x0 ? Op.WRS_NTO : Op.ILLEGAL;
          case 0b1110100000 -> (word & 0xf80) == 0x0 ? Op.WRS_STO : Op.ILLEGAL;
          default -> Op.ILLEGAL;
        };
        case 0b0001000 -> switch (word >>> 15 & 0x3ff) {
          case 0b0001000000 -> (word & 0xf80) == 0x0 ? Op.SRET : Op.ILLEGAL;
          case 0b0010100000 -> (word & 0xf80) == 0x0 ? Op.WFI : Op.ILLEGAL;
          default -> Op.ILLEGAL;
        };
        case 0b0001001 -> (word & 0xf80) == 0x0 ? Op.SFENCE_VMA : Op.ILLEGAL;
        case 0b0001011 -> (word & 0xf80) == 0x0 ? Op.SINVAL_VMA : Op.ILLEGAL;
        case 0b0001100 -> switch (word >>> 15 & 0x3ff) {
          case 0b0000000000 -> (word & 0xf80) == 0x0 ? Op.SFENCE_W_INVAL : Op.ILLEGAL;
          case 0b0000100000 -> (word & 0xf80) == 0x0 ? Op.SFENCE_INVAL_IR : Op.ILLEGAL;
          default -> Op.ILLEGAL;
        };
        case 0b0010001 -> (word & 0xf80) == 0x0 ? Op.HFENCE_VVMA : Op.ILLEGAL;
        case 0b0010011 -> (word & 0xf80) == 0x0 ? Op.HINVAL_VVMA : Op.ILLEGAL;
        case 0b0011000 -> (word & 0x1ff8f80) == 0x200000 ? Op.MRET : Op.ILLEGAL;
        case 0b0110001 -> (word & 0xf80) == 0x0 ? Op.HFENCE_GVMA : Op.ILLEGAL;
        case 0b0110011 -> (word & 0xf80) == 0x0 ? Op.HINVAL_GVMA : Op.ILLEGAL;
        default -> Op.ILLEGAL;
      };
      case 0b001 -> Op.CSRRW;
      case 0b010 -> Op.CSRRS;
      case 0b011 -> Op.CSRRC;
      case 0b100 -> switch (word >>> 28 & 0x3) {
        case 0b00 -> switch (word >>> 25 & 0x1) {
          case 0b0 -> (word & 0x81c00000) == 0x81c00000 ? Op.MOP_R : Op.ILLEGAL;
          case 0b1 -> (word & 0x80000000) == 0x80000000 ? Op.MOP_RR : Op.ILLEGAL;
          default -> Op.ILLEGAL;
        };
        case 0b10 -> switch (word >>> 25 & 0x7) {
          case 0b000 -> switch (word >>> 20 & 0x1f) {
            case 0b00000 -> (word & 0xc0000000) == 0x40000000 ? Op.HLV_B : Op.ILLEGAL;
            case 0b00001 -> (word & 0xc0000000) == 0x40000000 ? Op.HLV_BU : Op.ILLEGAL;
            default -> Op.ILLEGAL;
          };
          case 0b001 -> (word & 0xc0000f80) == 0x40000000 ? Op.HSV_B : Op.ILLEGAL;
          case 0b010 -> switch (word >>> 20 & 0x1f) {
            case 0b00000 -> (word & 0xc0000000) == 0x40000000 ? Op.HLV_H : Op.ILLEGAL;
            case 0b00001 -> (word & 0xc0000000) == 0x40000000 ? Op.HLV_HU : Op.ILLEGAL;
            case 0b00011 -> (word & 0xc0000000) == 0x40000000 ? Op.HLVX_HU : Op.ILLEGAL;
            default -> Op.ILLEGAL;
          };
          case 0b011 -> (word & 0xc0000f80) == 0x40000000 ? Op.HSV_H : Op.ILLEGAL;
          case 0b100 -> switch (word >>> 20 & 0x1f) {
            case 0b00000 -> (word & 0xc0000000) == 0x40000000 ? Op.HLV_W : Op.ILLEGAL;
            case 0b00001 -> (word & 0xc0000000) == 0x40000000 ? Op.HLV_WU : Op.ILLEGAL;
            case 0b00011 -> (word & 0xc0000000) == 0x40000000 ? Op.HLVX_WU : Op.ILLEGAL;
            default -> Op.ILLEGAL;
          };
          case 0b101 -> (word & 0xc0000f80) == 0x40000000 ? Op.HSV_W : Op.ILLEGAL;
          case 0b110 -> (word & 0xc1f00000) == 0x40000000 ? Op.HLV_D : Op.ILLEGAL;
          case 0b111 -> (word & 0xc0000f80) == 0x40000000 ? Op.HSV_D : Op.ILLEGAL;
          default -> Op.ILLEGAL;
        };
        default -> Op.ILLEGAL;
      };
      case 0b101 -> Op.CSRRWI;
      case 0b110 -> Op.CSRRSI;
      case 0b111 -> Op.CSRRCI;
      default -> Op.ILLEGAL;
    };
  }
}
