using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.SparseEngine;

public sealed unsafe partial class SparseTrainingEngine
{
    // [activation]: the gradient of the sum in front of the rectifier; several activations share a buffer.
    private readonly BlockBuffer[] _gradients;
    private readonly IReadOnlyList<BlockBuffer> _gradientBuffers;

    private bool _toImage;

    /// <inheritdoc/>
    public void InputGradients(ImageBatch batch, Span<float> gradients)
    {
        if (gradients.Length < batch.Count * batch.Shape.Size)
        {
            throw new ArgumentException($"The gradients of {batch.Count} images of {batch.Shape} take {batch.Count * batch.Shape.Size} values, but there is room for {gradients.Length}.", nameof(gradients));
        }

        Start(batch, labelSmoothing: 0, lossScale: 1, batchStatistics: false);
        Forward(updateRunning: false);
        Backward(toImage: true);
        for (int image = 0; image < batch.Count; image++)
        {
            Gather(image, gradients.Slice(image * batch.Shape.Size, batch.Shape.Size));
        }
    }

    private void Backward(bool toImage)
    {
        _toImage = toImage;
        for (int index = _plan.Activations.Length - 2; index >= 0; index--)
        {
            _team.Run(_blocks, _backwardPhases[index]);
            FinishGradients(_plan.Activations[index]);
        }
    }

    private void FinishGradients(ActivationNode activation)
    {
        foreach (var node in activation.Convolutions)
        {
            _convolutions[node.Index].Norm.FinishGradients(_batch.Count, activation.Shape.PlaneSize, _batchStatistics);
        }
    }

    private void BackwardHead(int block, WorkerScratch scratch, float* planes, float perPixel)
    {
        int classes = _plan.Head.Outputs;
        float* gradients = scratch.LogitGradients.Pointer;
        for (int output = 0; output < classes; output++)
        {
            float* gradient = gradients + output * SparseKernels.Lanes;
            _blockBiasGradients[block * classes + output] = LaneSums.Of(gradient);
            AddWeightGradients(_head, block, output, new WeightGradientJob
            {
                Input = scratch.Features.Pointer, Gradient = gradient, Stride = 1, Rows = 1, Columns = 1,
            }, scratch);
        }

        var last = _plan.Activations[^1];
        var transposed = _head.Lists.Transposed;
        float* feature = scratch.FeatureGradients.Pointer;
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            _kernels.Convolve(ConvolutionJob.OfPixel(gradients, feature, transposed.Offsets(0, channel), transposed.Values(0, channel), transposed.Count(0, channel), bias: 0));
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
            }

            float* gradient = _gradients[last.Index].Plane(block, channel);
            _kernels.Fill(gradient, last.Shape.PlaneSize, feature);
            FinishPlane(last, block, channel, gradient, planes, scratch);
        }
    }

    /// <summary>
    /// Gradients that flow into a block of an activation: from each convolution that reads it (with that convolution's weight
    /// gradients on the way) and from the sums that it is a summand of.
    /// </summary>
    private void BackwardBlock(ActivationNode activation, int block, WorkerScratch scratch)
    {
        float* planes = MakeActivation(activation, block, scratch, first: false);
        bool wantsInput = activation.Index > 0 || _toImage;
        bool accumulate = false;
        foreach (var reader in activation.Readers)
        {
            var convolution = _convolutions[reader.Index];
            float* outputGradient = MakeOutputGradient(convolution, block, scratch);
            SetWeightGradients(convolution, block, planes, outputGradient, scratch);
            if (wantsInput)
            {
                for (int channel = 0; channel < activation.Shape.Channels; channel++)
                {
                    BackThroughConvolution(convolution, block, channel, outputGradient, accumulate);
                }
            }

            accumulate = true;
        }

        if (activation.Index == 0)
        {
            return;
        }

        var flat = FlatShape(activation.Shape);
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            float* gradient = _gradients[activation.Index].Plane(block, channel);
            for (int user = 0; user < activation.ResidualUsers.Count; user++)
            {
                float* residual = _gradients[activation.ResidualUsers[user].Index].Plane(block, channel);
                _kernels.Copy(residual, gradient, flat, accumulate || user > 0);
            }

            FinishPlane(activation, block, channel, gradient, planes, scratch);
        }
    }

    /// <summary>The gradient of a convolution's output, padded, from the gradient behind its batch-norm.</summary>
    private float* MakeOutputGradient(ConvolutionState convolution, int block, WorkerScratch scratch)
    {
        var shape = convolution.Node.Layer.OutputShape;
        var padded = convolution.Layer.Lists.Transposed.Gradient;
        float* planes = scratch.Gradient(padded);
        var inward = new PlaneShape(shape.Height, shape.Width, shape.Width * SparseKernels.Lanes, padded.RowFloats);
        int images = Math.Min(SparseKernels.Lanes, _batch.Count - block * SparseKernels.Lanes);
        scratch.LaneMask.Span[..images].Fill(1);
        scratch.LaneMask.Span[images..].Clear();
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            _kernels.NormGradient(
                _gradients[convolution.Node.Output.Index].Plane(block, channel), convolution.Output(block, channel),
                planes + channel * padded.PlaneFloats + padded.Origin, inward, convolution.Norm.Gradient[channel], scratch.LaneMask.Pointer);
        }

        return planes;
    }

    private void SetWeightGradients(ConvolutionState convolution, int block, float* planes, float* outputGradient, WorkerScratch scratch)
    {
        var layer = convolution.Node.Layer;
        var padded = convolution.Layer.Lists.Transposed.Gradient;
        for (int channel = 0; channel < layer.Outputs; channel++)
        {
            AddWeightGradients(convolution.Layer, block, channel, new WeightGradientJob
            {
                Input = planes,
                InputRow = layer.Stride * convolution.Node.Input.Padded.RowFloats,
                Stride = layer.Stride,
                Gradient = outputGradient + channel * padded.PlaneFloats + padded.Origin,
                GradientRow = padded.RowFloats,
                Rows = layer.OutputShape.Height,
                Columns = layer.OutputShape.Width,
            }, scratch);
        }
    }

    private void AddWeightGradients(LayerState layer, int block, int output, WeightGradientJob job, WorkerScratch scratch)
    {
        job.Offsets = layer.Lists.Offsets(output);
        job.Count = layer.Lists.Count(output);
        job.Sums = scratch.ClearedWeightSums(job.Count);
        _kernels.AccumulateWeightGradients(job);
        float* gradients = layer.Gradients(block, output);
        for (int j = 0; j < job.Count; j++)
        {
            gradients[j] = LaneSums.Of(job.Sums + j * SparseKernels.Lanes);
        }
    }

    /// <summary>One input channel's part of the gradient, a phase of pixels at a time.</summary>
    private void BackThroughConvolution(ConvolutionState convolution, int block, int channel, float* outputGradient, bool accumulate)
    {
        var layer = convolution.Node.Layer;
        var transposed = convolution.Layer.Lists.Transposed;
        int stride = layer.Stride;
        int row = layer.InputShape.Width * SparseKernels.Lanes;
        float* gradient = _gradients[convolution.Node.Input.Index].Plane(block, channel);
        for (int phase = 0; phase < stride * stride; phase++)
        {
            int firstRow = phase / stride, firstColumn = phase % stride;
            _kernels.Convolve(new ConvolutionJob
            {
                Input = outputGradient,
                InputRow = transposed.Gradient.RowFloats,
                Stride = 1,
                Output = gradient + firstRow * row + firstColumn * SparseKernels.Lanes,
                OutputRow = stride * row,
                OutputPixel = stride * SparseKernels.Lanes,
                Rows = (layer.InputShape.Height - firstRow + stride - 1) / stride,
                Columns = (layer.InputShape.Width - firstColumn + stride - 1) / stride,
                Offsets = transposed.Offsets(phase, channel),
                Values = transposed.Values(phase, channel),
                Count = transposed.Count(phase, channel),
                Accumulate = accumulate,
            });
        }
    }

    /// <summary>Back through the rectifier, and the sums that batch-norm's gradient needs.</summary>
    private void FinishPlane(ActivationNode activation, int block, int channel, float* gradient, float* planes, WorkerScratch scratch)
    {
        var padded = activation.Padded;
        int pixels = activation.Shape.PlaneSize;
        _kernels.ReluGradient(gradient, planes + channel * padded.PlaneFloats + padded.Origin,
            new PlaneShape(activation.Shape.Height, activation.Shape.Width, activation.Shape.Width * SparseKernels.Lanes, padded.RowFloats));

        float* lanes = scratch.LaneTotals.Pointer;
        _kernels.Sum(gradient, pixels, lanes);
        double sum = SumOfImages(lanes, SparseKernels.Lanes);
        foreach (var node in activation.Convolutions)
        {
            var convolution = _convolutions[node.Index];
            _kernels.SumOfProducts(gradient, convolution.Output(block, channel), pixels, convolution.Norm.Mean[channel], lanes);
            convolution.Norm.SetGradientSums(block, channel, sum, SumOfImages(lanes, SparseKernels.Lanes));
        }
    }

    private void Gather(int image, Span<float> destination)
    {
        var shape = Network.InputShape;
        int lane = image % SparseKernels.Lanes, next = 0;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            float* plane = _gradients[0].Plane(image / SparseKernels.Lanes, channel) + lane;
            for (int pixel = 0; pixel < shape.PlaneSize; pixel++)
            {
                destination[next++] = plane[pixel * SparseKernels.Lanes] * _loader.Factor[channel];
            }
        }
    }

    private static PlaneShape FlatShape(ImageShape shape) =>
        new(shape.Height, shape.Width, shape.Width * SparseKernels.Lanes, shape.Width * SparseKernels.Lanes);
}
