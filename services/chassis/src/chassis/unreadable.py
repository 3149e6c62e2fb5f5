"""Records that the Kafka client itself cannot unpack, such as one whose header's name is not UTF-8.

The client raises at them on every read, so its partition would stand still for ever. Reading goes on around them: each is
found, together with the rest of its batch, which cannot be unpacked either, and stands in for itself as a record without
a value that says why. The consumer parks it by reference.
"""

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, UnsupportedCodecError

from chassis.parking import Record, StandIn

_FETCH_MS = 1_000
"""Long enough for one fetch of one partition; a partition that is slower has its turn with the next read."""
_AT_ONCE = 500


def is_unreadable(error: Exception) -> bool:
    """Tell whether reading failed for what a record holds, and not for the broker."""
    return isinstance(error, CorruptRecordException | UnsupportedCodecError) or not isinstance(error, KafkaError)


async def read_around(consumer: AIOKafkaConsumer, handled: Mapping[TopicPartition, int]) -> tuple[Record, ...]:
    """Read what can be read, and a stand-in where a record cannot be unpacked. Raises KafkaError.

    `handled` says where reading goes on: the read that failed may have passed records of other partitions.
    """
    found: list[Record] = []
    ends = await consumer.end_offsets(list(handled))
    for part in sorted(ends):
        consumer.seek(part, handled[part])
        if handled[part] < ends[part]:
            found += await _records_of(consumer, part)
    return tuple(found)


async def _records_of(consumer: AIOKafkaConsumer, part: TopicPartition) -> list[Record]:
    """Read on in one partition; where that fails, record by record, until the one that cannot be unpacked."""
    records, error = await _read(consumer, part, _AT_ONCE)
    if error is None:
        return records
    found: list[Record] = []
    while len(found) < _AT_ONCE:
        records, error = await _read(consumer, part, 1)
        found += records
        if error is not None:
            first = await consumer.position(part)
            last = await _last_unreadable(consumer, part, first)
            consumer.seek(part, last + 1)
            return [*found, _stand_in(part, first, f"{type(error).__name__}; its batch ends at offset {last}")]
    return found


async def _read(
    consumer: AIOKafkaConsumer, part: TopicPartition, at_most: int
) -> tuple[list[Record], Exception | None]:
    """Return records from where the consumer is, or why there it cannot unpack any."""
    try:
        found = await consumer.getmany(part, timeout_ms=_FETCH_MS, max_records=at_most)
    except Exception as error:
        if not is_unreadable(error):
            raise
        return [], error
    return found.get(part, []), None


async def _last_unreadable(consumer: AIOKafkaConsumer, part: TopicPartition, first: int) -> int:
    """Return the last offset of the run that begins with an unreadable one: doubling steps, then halving ones."""
    step = 1
    while await _fails_at(consumer, part, first + step):
        step *= 2
    low, high = first + step // 2, first + step
    while high - low > 1:
        middle = (low + high) // 2
        if await _fails_at(consumer, part, middle):
            low = middle
        else:
            high = middle
    return low


async def _fails_at(consumer: AIOKafkaConsumer, part: TopicPartition, offset: int) -> bool:
    consumer.seek(part, offset)
    return (await _read(consumer, part, 1))[1] is not None


def _stand_in(part: TopicPartition, offset: int, reason: str) -> Record:
    return StandIn(
        topic=part.topic,
        partition=part.partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=(),
        why=reason,
    )
