namespace Microsoft.ML.ImageCodecs;

/// <summary>Colours multiplied by their alpha, and back.</summary>
internal static class PremultipliedAlpha
{
    public static byte Apply(byte color, byte alpha) => (byte)((color * alpha + 127) / 255);

    /// <summary>Of a colour above its alpha, which no such image should have, the lowest eight bits remain.</summary>
    public static byte Remove(byte color, byte alpha) => alpha == 0 ? (byte)0 : unchecked((byte)((color * 255 + alpha / 2) / alpha));
}
