namespace Microsoft.ML.Transforms.Image;

/// <summary>How vectors become images: the size, the layout, and value · scale − offset.</summary>
internal sealed record VectorToImageOptions(
    int Height, int Width, ChannelLayout Layout, float Scale, float Offset)
{
    public int VectorSize => Height * Width * Layout.Channels.Length;

    public static VectorToImageOptions Checked(
        int height, int width, ChannelLayout layout, float scale, float offset)
    {
        // The type refuses impossible sizes.
        _ = new ImageDataViewType(height, width);
        if (!float.IsFinite(scale))
        {
            throw new ArgumentOutOfRangeException("scaleImage", scale, "The scale of pixels is a finite number.");
        }

        if (!float.IsFinite(offset))
        {
            throw new ArgumentOutOfRangeException("offsetImage", offset, "The offset of pixels is a finite number.");
        }

        return new VectorToImageOptions(height, width, layout, scale, offset);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Height);
        writer.Write(Width);
        Layout.Write(writer);
        writer.Write(Scale);
        writer.Write(Offset);
    }

    public static VectorToImageOptions Read(BinaryReader reader)
    {
        int height = ImageColumns.ReadSize(reader, "an image height");
        int width = ImageColumns.ReadSize(reader, "an image width");
        ChannelLayout layout = ChannelLayout.Read(reader);
        return Checked(height, width, layout, reader.ReadSingle(), reader.ReadSingle());
    }
}
