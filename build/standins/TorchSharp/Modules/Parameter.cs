using System;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that a module trains. It takes over what it is made from, which must not be used any more.</summary>
    public class Parameter : torch.Tensor
    {
        public Parameter(torch.Tensor data, bool requires_grad = true) : base(data.GiveUpHandle(out var scope), scope) =>
            this.requires_grad = requires_grad;
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
