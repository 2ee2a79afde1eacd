using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>Images one after the other, as a batch of any part of them and as the input of a model.</summary>
internal sealed class ImageBytes(ImageShape shape, byte[] pixels)
{
    private const int BatchSize = 256;

    public int Count => pixels.Length / shape.Size;

    public static ImageBytes Of(ImageSet images)
    {
        byte[] pixels = new byte[checked(images.Count * images.Shape.Size)];
        for (int index = 0; index < images.Count; index++)
        {
            images.Image(index).CopyTo(pixels.AsSpan(index * images.Shape.Size));
        }

        return new(images.Shape, pixels);
    }

    public void Write(string path) => RawFile.Write<byte>(path, pixels);

    /// <summary>This library's logits of all images, [image][class].</summary>
    public float[] Logits(TrainedModel model, int threads)
    {
        int classes = model.Network.ClassCount;
        var logits = new float[Count * classes];
        using var predictor = new SparsePredictor(model.State, model.Normalization);
        for (int first = 0; first < Count; first += BatchSize)
        {
            int count = Math.Min(BatchSize, Count - first);
            predictor.Predict(new Part(shape, pixels.AsMemory(first * shape.Size, count * shape.Size)), logits.AsSpan(first * classes, count * classes), threads);
        }

        return logits;
    }

    private sealed class Part(ImageShape shape, ReadOnlyMemory<byte> pixels) : ImageBatch
    {
        public override ImageShape Shape => shape;

        public override int Count => pixels.Length / shape.Size;

        public override ReadOnlySpan<int> Labels => [];

        public override void CopyPixels(int index, Span<float> destination)
        {
            var image = pixels.Span.Slice(index * shape.Size, shape.Size);
            for (int place = 0; place < image.Length; place++)
            {
                destination[place] = image[place] / 255f;
            }
        }
    }
}
