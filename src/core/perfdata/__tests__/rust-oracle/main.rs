//! Prints the records of a perf recording as another reader sees them, a line each, for the test
//! that compares them with ours: `rust-oracle tracepoint_perf FILE` or
//! `rust-oracle linux-perf-data FILE`.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};

use linux_perf_data::linux_perf_event_reader::{
    ContextSwitchRecord, EventRecord, TaskWasPreempted,
};
use linux_perf_data::{AttributeDescription, PerfFileReader, PerfFileRecord};
use tracepoint_decode as td;
use tracepoint_perf as tp;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.as_slice() {
        [reader, file] if reader == "tracepoint_perf" => tracepoint_perf(file, &mut out)?,
        [reader, file] if reader == "linux-perf-data" => linux_perf_data(file, &mut out)?,
        _ => return Err("usage: rust-oracle tracepoint_perf|linux-perf-data FILE".into()),
    }
    Ok(out.flush()?)
}

/// Samples with their fields, in the order of time: `TIME PID TID CPU NAME [FIELD=VALUE]...`.
fn tracepoint_perf(file: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut reader = tp::PerfDataFileReader::new();
    reader.open_file(file, tp::PerfDataFileEventOrder::Time)?;
    while reader.move_next_event()? {
        let event = reader.current_event();
        if event.header.ty != td::PerfEventHeaderType::Sample {
            continue;
        }
        let sample = reader
            .get_sample_event_info(&event)
            .map_err(|error| format!("tracepoint_perf: {error}"))?;
        let (time, pid, tid, cpu) = (sample.time, sample.pid, sample.tid, sample.cpu);
        write!(out, "{time} {pid} {tid} {cpu} {}", sample.name())?;
        match sample.format() {
            None => write!(out, " ip={}", sample.ip)?,
            Some(format) => {
                for field in format.fields().iter().skip(format.common_field_count()) {
                    if field.array() == td::PerfFieldArray::None {
                        let value = field.get_field_value(&sample);
                        write!(out, " {}={}", field.name(), scalar(field, &value)?)?;
                    }
                }
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The number that a field holds.
fn scalar(
    field: &td::PerfFieldFormat,
    value: &td::PerfItemValue,
) -> Result<String, Box<dyn Error>> {
    let signed = field.signed() == Some(true);
    Ok(match (field.size(), signed) {
        (1, false) => value.to_u8(0).to_string(),
        (1, true) => value.to_i8(0).to_string(),
        (2, false) => value.to_u16(0).to_string(),
        (2, true) => value.to_i16(0).to_string(),
        (4, false) => value.to_u32(0).to_string(),
        (4, true) => value.to_i32(0).to_string(),
        (8, false) => value.to_u64(0).to_string(),
        (8, true) => value.to_i64(0).to_string(),
        (size, _) => return Err(format!("{} has {size} bytes", field.name()).into()),
    })
}

/// The kernel's records, in the reader's order: `TIME PID TID CPU KIND [ARGUMENT]...`.
fn linux_perf_data(file: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let PerfFileReader {
        mut perf_file,
        mut record_iter,
    } = PerfFileReader::parse_file(BufReader::new(File::open(file)?))?;
    let names: Vec<String> = perf_file
        .event_attributes()
        .iter()
        .map(|attributes: &AttributeDescription| attributes.name().unwrap_or("?").to_string())
        .collect();
    while let Some(record) = record_iter.next_record(&mut perf_file)? {
        let PerfFileRecord::EventRecord { attr_index, record } = record else {
            continue;
        };
        let common = record.common_data()?;
        let time = common.timestamp.unwrap_or(0);
        let cpu = common.cpu.unwrap_or(0);
        let (pid, tid) = (common.pid.unwrap_or(-1), common.tid.unwrap_or(-1));
        match record.parse()? {
            EventRecord::Sample(sample) => writeln!(
                out,
                "{time} {pid} {tid} {cpu} Sample {} {}",
                names[attr_index],
                sample.ip.unwrap_or(0)
            )?,
            EventRecord::ContextSwitch(switch) => {
                let kind = match switch {
                    ContextSwitchRecord::In { .. } => "SwitchIn",
                    ContextSwitchRecord::Out {
                        preempted: TaskWasPreempted::Yes,
                        ..
                    } => "SwitchOutPreempted",
                    ContextSwitchRecord::Out { .. } => "SwitchOut",
                };
                writeln!(out, "{time} {pid} {tid} {cpu} {kind}")?
            }
            EventRecord::Fork(fork) => writeln!(
                out,
                "{time} {} {} {cpu} Fork {} {}",
                fork.pid, fork.tid, fork.ppid, fork.ptid
            )?,
            EventRecord::Exit(exit) => {
                writeln!(out, "{time} {} {} {cpu} Exit", exit.pid, exit.tid)?
            }
            EventRecord::Comm(comm) => writeln!(
                out,
                "{time} {} {} {cpu} Comm {} {}",
                comm.pid,
                comm.tid,
                String::from_utf8_lossy(&comm.name.as_slice()),
                u8::from(comm.is_execve)
            )?,
            EventRecord::Lost(lost) => {
                writeln!(out, "{time} {pid} {tid} {cpu} Lost {}", lost.count)?
            }
            _ => {}
        }
    }
    Ok(())
}
