using System.Text;

namespace MLNet.RandomPruning.Onnx.Tests.Format;

/// <summary>One field of a protocol buffers message.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Wire">Its wire type: 0 a varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.</param>
/// <param name="Value">Its value, unless it is bytes.</param>
/// <param name="Bytes">Its bytes.</param>
internal readonly record struct ProtoField(int Number, int Wire, ulong Value, ReadOnlyMemory<byte> Bytes)
{
    public string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Expect(2).Bytes.Span);

    public ReadOnlyMemory<byte> Message => Expect(2).Bytes;

    public long Integer => (long)Expect(0).Value;

    public float Float => BitConverter.UInt32BitsToSingle((uint)Expect(5).Value);

    private ProtoField Expect(int wire) => Wire == wire ? this : throw new InvalidDataException($"Field {Number} has wire type {Wire} instead of {wire}.");
}

/// <summary>Reads protocol buffers messages by the description of their encoding, without any knowledge of what they mean.</summary>
internal static class ProtoReader
{
    public static IEnumerable<ProtoField> Fields(ReadOnlyMemory<byte> message)
    {
        int position = 0;
        while (position < message.Length)
        {
            ulong tag = Varint(message.Span, ref position);
            int wire = (int)(tag & 7), number = (int)(tag >> 3);
            switch (wire)
            {
                case 0:
                    yield return new(number, wire, Varint(message.Span, ref position), default);
                    break;
                case 1 or 5:
                    int size = wire == 1 ? 8 : 4;
                    ulong value = 0;
                    for (int place = 0; place < size; place++)
                    {
                        value |= (ulong)message.Span[position + place] << (8 * place);
                    }

                    position += size;
                    yield return new(number, wire, value, default);
                    break;
                case 2:
                    int length = checked((int)Varint(message.Span, ref position));
                    yield return new(number, wire, 0, message.Slice(position, length));
                    position += length;
                    break;
                default:
                    throw new InvalidDataException($"Field {number} has wire type {wire}.");
            }
        }
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
