import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";
import type { NativeFailure, NativeTrouble } from "./binding.ts";
import { PmemError, type PmemErrorCode } from "./errors.ts";
import { Status } from "./status.ts";

/** `EIO (i/o error)` for an errno value. */
function describeErrno(errorNumber: number): string {
  const known = getSystemErrorMap().get(-errorNumber);
  return known === undefined ? `errno ${errorNumber}` : `${known[0]} (${known[1]})`;
}

/** The typed error of a native call that failed on `path`. */
export function failureError(path: string, failure: NativeFailure): PmemError {
  const make = (code: PmemErrorCode, message: string) => new PmemError(code, path, message);
  const why = describeErrno(failure.errorNumber);
  switch (failure.status) {
    case Status.notFound:
      return make(
        "ERR_PMEM_NOT_FOUND",
        `${path} does not exist (${why}); check the path and its folder, or pass mode "create"`,
      );
    case Status.exists:
      return make(
        "ERR_PMEM_EXISTS",
        failure.step === "dangling link"
          ? `${path} is a symbolic link to something that does not exist; remove the link or pass the path it names`
          : `${path} exists already; pass mode "open" or "open-or-create" to use it, or remove it first`,
      );
    case Status.locked:
      return make(
        "ERR_PMEM_LOCKED",
        `${path} is in use: another process, another thread or this one has it open; close it there, ` +
          `or wait for that process to end (the lock goes with it)`,
      );
    case Status.permission:
      return make(
        "ERR_PMEM_PERMISSION",
        `${path} may not be opened as asked (${why} from ${failure.step}); ` +
          `give this user the right, use a writable file system, or pass readOnly: true if reading is enough`,
      );
    case Status.notAFile:
      return make(
        "ERR_PMEM_NOT_A_FILE",
        `${path} is not a regular file, nor a DAX device that the kernel knows; pass the path of a file or of /dev/daxX.Y`,
      );
    case Status.emptyFile:
      if (failure.step === "device") {
        return make(
          "ERR_PMEM_SIZE",
          `${path} is a device of ${failure.freeBytes} bytes, expected at least one unit of its alignment, ` +
            `${failure.neededBytes}; give it more memory or a smaller alignment (daxctl, ndctl)`,
        );
      }
      return make(
        "ERR_PMEM_SIZE",
        `${path} is an empty file, expected at least one byte to map; remove it and pass mode "create" with a size`,
      );
    case Status.noSpace:
      return make("ERR_PMEM_NO_SPACE", describeNoSpace(path, failure, why));
    case Status.capacity:
      return make("ERR_PMEM_CAPACITY", describeCapacity(path, failure, why));
    case Status.granularity:
      return make(
        "ERR_PMEM_GRANULARITY",
        `${path} has granularity ${failure.step}, coarser than demanded: ${failure.detail}; ` +
          `drop the demand, or place the file on a DAX file system`,
      );
    case Status.unsupported:
      return make("ERR_PMEM_UNSUPPORTED", describeUnsupported(path, failure, why));
    case Status.syncFailed:
      return make(
        "ERR_PMEM_SYNC_FAILED",
        `${failure.step} of ${path} failed with ${why}: what was stored since the last completed drain may be lost, ` +
          `and nothing more is written; close it, look at the device's health, and reopen what is left`,
      );
    default:
      return make("ERR_PMEM_SYSTEM", `${failure.step} of ${path} failed with ${why}; expected it to succeed`);
  }
}

/** The typed error of a hint that the system refused. */
export function refusedHint(path: string, hint: string, errorNumber: number): PmemError {
  return new PmemError(
    errorNumber === constants.errno.EINVAL ? "ERR_PMEM_UNSUPPORTED" : "ERR_PMEM_SYSTEM",
    path,
    `the system refuses "${hint}" for ${path} with ${describeErrno(errorNumber)}; go on without, nothing has changed`,
  );
}

/** The typed error of a region that answers `fault` or `syncFailed`, and of what it remembers. */
export function troubleError(path: string, status: number, trouble: NativeTrouble | undefined): PmemError {
  if (status === Status.fault) {
    return new PmemError(
      "ERR_PMEM_FAULT",
      path,
      `memory at offset ${trouble?.faultOffset} of ${path} is gone: the file was truncated by somebody else or ` +
        `its medium failed; what was there reads as zeros now and nothing more is written; close it and check the file`,
    );
  }
  return new PmemError(
    "ERR_PMEM_SYNC_FAILED",
    path,
    `syncing ${path} failed with ${describeErrno(trouble?.errorNumber ?? 0)}: what was stored since the last ` +
      `completed drain may be lost, and nothing more is written; close it, look at the device's health, and reopen ` +
      `what is left`,
  );
}

function describeUnsupported(path: string, failure: NativeFailure, why: string): string {
  switch (failure.step) {
    case "lock":
      return (
        `${path} cannot be locked (${why}): its file system has no locks, and without one two openers could destroy ` +
        `each other's data; use another file system`
      );
    case "sysfs":
      return `${path} is a DAX device whose ${failure.detail} cannot be read (${why}); mount sysfs, or use a newer kernel`;
    case "private mapping":
      return `${path} is a DAX device, which the kernel maps for writing only; drop readOnly`;
    case "page sync":
      return (
        `${path} is a DAX device, which has no page sync, and page granularity is forced or all that this processor has; ` +
        `drop forceGranularity and NODEMM_FORCE_GRANULARITY, or use a file`
      );
    case "NODEMM_FLUSH":
    case "NODEMM_COPY":
      return (
        `${failure.step} names "${process.env[failure.step]}", which this processor does not have; ` +
        `unset it, or name one of its own: ${failure.detail || "none"}`
      );
    case "beside":
      return (
        `${path} is mapped beside the opener that holds its lock, which alone may make it longer; ` +
        `grow it there and map it again`
      );
    case "memory":
    case "huge memory":
      return (
        `no ${failure.step} could be made (${why}); ` +
        `it needs Linux, and huge pages a kernel with hugetlbfs: drop hugePages, or map a file`
      );
    default:
      return `${path} cannot be mapped as asked: ${failure.detail}; use page granularity`;
  }
}

function describeNoSpace(path: string, failure: NativeFailure, why: string): string {
  const figures = `${failure.neededBytes} bytes are needed and ${failure.freeBytes} are free`;
  if (failure.step === "file size limit") {
    return `${path} would exceed this process's limit of file sizes (RLIMIT_FSIZE): ${figures}; raise it (ulimit -f)`;
  }
  return `not enough space for ${path} (${why}): ${figures}; free some or ask for less`;
}

function describeCapacity(path: string, failure: NativeFailure, why: string): string {
  if (failure.step === "reserve") {
    return (
      `no ${failure.neededBytes} bytes of address space for ${path} (${why}); ` +
      `pass a smaller capacity or raise the process's limit (ulimit -v)`
    );
  }
  if (failure.step === "device") {
    return (
      `${path} is a device of ${failure.freeBytes} bytes, which cannot grow to ${failure.neededBytes}; ` +
      `use less, or a larger device`
    );
  }
  return (
    `${path} needs ${failure.neededBytes} bytes but its capacity is ${failure.freeBytes}; ` +
    `open it with a capacity of at least ${failure.neededBytes}`
  );
}
