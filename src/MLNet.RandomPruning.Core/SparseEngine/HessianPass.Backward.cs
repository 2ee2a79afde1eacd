namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class HessianPass
{
    private void Backward(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _team.Run(_blocks, (block, worker) => HeadBlock(block, _scratch[worker]));
        FinishNorms(_plan.Activations[^1]);
        for (int index = _plan.Activations.Length - 2; index >= 0; index--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var activation = _plan.Activations[index];
            _team.Run(_blocks, (block, worker) => BackwardBlock(activation, block, _scratch[worker]));
            FinishNorms(activation);
        }
    }

    private void FinishNorms(ActivationNode activation)
    {
        foreach (var node in activation.Convolutions)
        {
            _convolutions[node.Index].Norm.FinishBackward(_batch.Count, activation.Shape.PlaneSize);
        }
    }

    /// <summary>Pools the last activation, runs the linear layer and the loss, and goes back through them.</summary>
    private void HeadBlock(int block, TangentScratch scratch)
    {
        var last = _plan.Activations[^1];
        MakeActivation(last, block, scratch, first: true, out float* planes, out float* tangents);
        float* features = scratch.Values.Features.Pointer, featureTangents = scratch.Tangents.Features.Pointer;
        Pool(last, planes, features);
        Pool(last, tangents, featureTangents);
        for (int output = 0; output < _plan.Head.Outputs; output++)
        {
            float* logits = scratch.Values.Logits.Pointer + output * SparseKernels.Lanes;
            float* logitTangents = scratch.Tangents.Logits.Pointer + output * SparseKernels.Lanes;
            Multiply(_head.Weights, output, features, logits, _headBias[output], accumulate: false);
            Multiply(_head.Direction, output, features, logitTangents, bias: 0, accumulate: false);
            Multiply(_head.Weights, output, featureTangents, logitTangents, bias: 0, accumulate: true);
        }

        SetLossGradients(block, scratch);
        BackwardHead(block, scratch, planes);
    }

    private void Pool(ActivationNode activation, float* planes, float* features)
    {
        // The border is zero, so the whole padded plane may be summed.
        float perPixel = 1f / activation.Shape.PlaneSize;
        int paddedPixels = activation.Padded.PlaneFloats / SparseKernels.Lanes;
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            float* feature = features + channel * SparseKernels.Lanes;
            _kernels.Sum(planes + channel * activation.Padded.PlaneFloats, paddedPixels, feature);
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
            }
        }
    }

    private void Multiply(LayerState layer, int output, float* input, float* destination, float bias, bool accumulate)
    {
        var job = ConvolutionJob.OfPixel(input, destination, layer.Lists.Offsets(output), layer.Values(output), layer.Lists.Count(output), bias);
        job.Accumulate = accumulate;
        _kernels.Convolve(job);
    }

    private void BackwardHead(int block, TangentScratch scratch, float* planes)
    {
        float* gradients = scratch.Values.LogitGradients.Pointer, gradientTangents = scratch.Tangents.LogitGradients.Pointer;
        for (int output = 0; output < _plan.Head.Outputs; output++)
        {
            int at = output * SparseKernels.Lanes;
            AddWeightGradients(_head.Direction, block, output, scratch,
                new WeightGradientJob { Input = scratch.Values.Features.Pointer, Gradient = gradientTangents + at, Stride = 1, Rows = 1, Columns = 1 },
                new WeightGradientJob { Input = scratch.Tangents.Features.Pointer, Gradient = gradients + at, Stride = 1, Rows = 1, Columns = 1 });
        }

        var last = _plan.Activations[^1];
        float* feature = scratch.Values.FeatureGradients.Pointer, featureTangent = scratch.Tangents.FeatureGradients.Pointer;
        float perPixel = 1f / last.Shape.PlaneSize;
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            MultiplyTransposed(_head.Weights, channel, gradients, feature, accumulate: false);
            MultiplyTransposed(_head.Weights, channel, gradientTangents, featureTangent, accumulate: false);
            MultiplyTransposed(_head.Direction, channel, gradients, featureTangent, accumulate: true);
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
                featureTangent[lane] *= perPixel;
            }

            _kernels.Fill(_gradients[last.Index].Plane(block, channel), last.Shape.PlaneSize, feature);
            _kernels.Fill(_gradientTangents[last.Index].Plane(block, channel), last.Shape.PlaneSize, featureTangent);
            FinishPlane(last, block, channel, planes, scratch);
        }
    }

    private void MultiplyTransposed(LayerState layer, int channel, float* input, float* destination, bool accumulate)
    {
        var transposed = layer.Lists.Transposed;
        var job = ConvolutionJob.OfPixel(input, destination, transposed.Offsets(0, channel), transposed.Values(0, channel), transposed.Count(0, channel), bias: 0);
        job.Accumulate = accumulate;
        _kernels.Convolve(job);
    }

    /// <summary>
    /// Gradients and their tangents that flow into a block of an activation: from each convolution that reads it, Wᵀg and
    /// Wᵀġ + Vᵀg, with the tangents of that convolution's weight gradients, ġ⊗a + g⊗ȧ, on the way; and from the sums that it is a
    /// summand of.
    /// </summary>
    private void BackwardBlock(ActivationNode activation, int block, TangentScratch scratch)
    {
        MakeActivation(activation, block, scratch, first: false, out float* planes, out float* tangents);
        bool accumulate = false;
        foreach (var reader in activation.Readers)
        {
            var convolution = _convolutions[reader.Index];
            MakeOutputGradients(convolution, block, scratch, out float* gradient, out float* gradientTangent);
            SetWeightGradients(convolution, block, planes, tangents, gradient, gradientTangent, scratch);
            for (int channel = 0; channel < activation.Shape.Channels && activation.Index > 0; channel++)
            {
                float* target = _gradients[activation.Index].Plane(block, channel);
                float* targetTangent = _gradientTangents[activation.Index].Plane(block, channel);
                BackThroughConvolution(reader, convolution.Layer.Weights, channel, gradient, target, accumulate);
                BackThroughConvolution(reader, convolution.Layer.Weights, channel, gradientTangent, targetTangent, accumulate);
                BackThroughConvolution(reader, convolution.Layer.Direction, channel, gradient, targetTangent, accumulate: true);
            }

            accumulate = true;
        }

        if (activation.Index == 0)
        {
            return;
        }

        var flat = FlatShape(activation);
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            for (int user = 0; user < activation.ResidualUsers.Count; user++)
            {
                int index = activation.ResidualUsers[user].Index;
                _kernels.Copy(_gradients[index].Plane(block, channel), _gradients[activation.Index].Plane(block, channel), flat, accumulate || user > 0);
                _kernels.Copy(_gradientTangents[index].Plane(block, channel), _gradientTangents[activation.Index].Plane(block, channel), flat, accumulate || user > 0);
            }

            FinishPlane(activation, block, channel, planes, scratch);
        }
    }

    /// <summary>The gradient of a convolution's output and its tangent, padded, from those behind its batch-norm.</summary>
    private void MakeOutputGradients(TangentConvolution convolution, int block, TangentScratch scratch, out float* gradients, out float* gradientTangents)
    {
        var shape = convolution.Node.Layer.OutputShape;
        var padded = convolution.Layer.Weights.Lists.Transposed.Gradient;
        gradients = scratch.Values.Gradient(padded);
        gradientTangents = scratch.Tangents.Gradient(padded);
        float* summands = scratch.Summand.Gradient(padded);
        var inward = new PlaneShape(shape.Height, shape.Width, shape.Width * SparseKernels.Lanes, padded.RowFloats);
        var within = new PlaneShape(shape.Height, shape.Width, padded.RowFloats, padded.RowFloats);
        scratch.Values.LaneMask.Span[..ImagesOf(block)].Fill(1);
        scratch.Values.LaneMask.Span[ImagesOf(block)..].Clear();
        float* mask = scratch.Values.LaneMask.Pointer;
        int index = convolution.Node.Output.Index;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            int at = channel * padded.PlaneFloats + padded.Origin;
            float* gradient = _gradients[index].Plane(block, channel), gradientTangent = _gradientTangents[index].Plane(block, channel);
            float* output = convolution.Outputs.Plane(block, channel), outputTangent = convolution.Tangents.Plane(block, channel);
            _kernels.NormGradient(gradient, output, gradients + at, inward, convolution.Norm.Gradient[channel], mask);
            _kernels.NormGradient(gradientTangent, outputTangent, gradientTangents + at, inward, convolution.Norm.TangentOfGradient[channel], mask);
            _kernels.NormGradient(gradient, output, summands + at, inward, convolution.Norm.GradientOfTangent[channel], mask);
            _kernels.Copy(summands + at, gradientTangents + at, within, accumulate: true);
        }
    }

    private void SetWeightGradients(
        TangentConvolution convolution, int block, float* planes, float* tangents, float* gradients, float* gradientTangents, TangentScratch scratch)
    {
        var layer = convolution.Node.Layer;
        var padded = convolution.Layer.Weights.Lists.Transposed.Gradient;
        var job = new WeightGradientJob
        {
            InputRow = layer.Stride * convolution.Node.Input.Padded.RowFloats,
            Stride = layer.Stride,
            GradientRow = padded.RowFloats,
            Rows = layer.OutputShape.Height,
            Columns = layer.OutputShape.Width,
        };
        for (int channel = 0; channel < layer.Outputs; channel++)
        {
            int at = channel * padded.PlaneFloats + padded.Origin;
            var ofTangent = job;
            ofTangent.Input = planes;
            ofTangent.Gradient = gradientTangents + at;
            var ofValue = job;
            ofValue.Input = tangents;
            ofValue.Gradient = gradients + at;
            AddWeightGradients(convolution.Layer.Direction, block, channel, scratch, ofTangent, ofValue);
        }
    }

    // The second job has no input where the layer reads the image.
    private void AddWeightGradients(LayerState layer, int block, int output, TangentScratch scratch, WeightGradientJob first, WeightGradientJob second)
    {
        first.Offsets = second.Offsets = layer.Lists.Offsets(output);
        first.Count = second.Count = layer.Lists.Count(output);
        first.Sums = second.Sums = scratch.Values.ClearedWeightSums(first.Count);
        _kernels.AccumulateWeightGradients(first);
        if (second.Input != null)
        {
            _kernels.AccumulateWeightGradients(second);
        }

        float* gradients = layer.Gradients(block, output);
        for (int j = 0; j < first.Count; j++)
        {
            gradients[j] = LaneSums.Of(first.Sums + j * SparseKernels.Lanes);
        }
    }

    /// <summary>One input channel's part of the gradient, a phase of pixels at a time.</summary>
    private void BackThroughConvolution(ConvolutionNode node, LayerState weights, int channel, float* outputGradient, float* gradient, bool accumulate)
    {
        var layer = node.Layer;
        var transposed = weights.Lists.Transposed;
        int stride = layer.Stride;
        int row = layer.InputShape.Width * SparseKernels.Lanes;
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

    /// <summary>Back through the rectifier, and the sums that the gradients of batch-norm need.</summary>
    private void FinishPlane(ActivationNode activation, int block, int channel, float* planes, TangentScratch scratch)
    {
        var padded = activation.Padded;
        int pixels = activation.Shape.PlaneSize;
        float* gradient = _gradients[activation.Index].Plane(block, channel);
        float* gradientTangent = _gradientTangents[activation.Index].Plane(block, channel);
        float* plane = planes + channel * padded.PlaneFloats + padded.Origin;
        var shape = new PlaneShape(activation.Shape.Height, activation.Shape.Width, activation.Shape.Width * SparseKernels.Lanes, padded.RowFloats);
        _kernels.ReluGradient(gradient, plane, shape);
        _kernels.ReluGradient(gradientTangent, plane, shape);

        double sum = Sum(gradient), sumTangent = Sum(gradientTangent);
        foreach (var node in activation.Convolutions)
        {
            var convolution = _convolutions[node.Index];
            var norm = convolution.Norm;
            float* output = convolution.Outputs.Plane(block, channel), outputTangent = convolution.Tangents.Plane(block, channel);
            norm.SetGradientSums(block, channel, new BlockGradientSums(
                sum, Product(gradient, output, norm.Mean[channel]), sumTangent,
                Product(gradientTangent, output, norm.Mean[channel]) + Product(gradient, outputTangent, norm.TangentMean[channel])));
        }

        double Sum(float* values)
        {
            _kernels.Sum(values, pixels, scratch.Values.LaneTotals.Pointer);
            return SumOfImages(scratch.Values.LaneTotals.Pointer, SparseKernels.Lanes);
        }

        double Product(float* factors, float* values, float mean)
        {
            _kernels.SumOfProducts(factors, values, pixels, mean, scratch.Values.LaneTotals.Pointer);
            return SumOfImages(scratch.Values.LaneTotals.Pointer, SparseKernels.Lanes);
        }
    }

    private static PlaneShape FlatShape(ActivationNode activation)
    {
        int row = activation.Shape.Width * SparseKernels.Lanes;
        return new PlaneShape(activation.Shape.Height, activation.Shape.Width, row, row);
    }
}
