namespace StandaloneScoring.Images;

/// <summary>The check sum of PNG chunks (PNG specification, annex D).</summary>
internal static class Crc32
{
    private static readonly uint[] OfByte = [.. Enumerable.Range(0, 256).Select(value =>
    {
        uint remainder = (uint)value;
        for (int bit = 0; bit < 8; bit++)
        {
            remainder = remainder >> 1 ^ (0xEDB88320 & 0u - (remainder & 1));
        }

        return remainder;
    })];

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint remainder = uint.MaxValue;
        foreach (byte value in bytes)
        {
            remainder = remainder >> 8 ^ OfByte[(byte)(remainder ^ value)];
        }

        return ~remainder;
    }
}
